import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coveredText } from './covered-text.ts'

const secret = 'hunter2-hunter2'

describe('the text of a configuration that is shown', () => {
  it('keeps everything but the secrets, line by line', () => {
    const text = `// the shop
{
  models: { providers: { p: { baseUrl: "https://u:${secret}@x/v1", apiKey: "${secret}" } } }, // key
  channels: { wechat: { puppetOptions: { token: '\${TOKEN}', endpoint: "127.0.0.1" } } },
}`
    expect(coveredText(text)).toBe(`// the shop
{
  models: { providers: { p: { baseUrl: "https://…@x/v1", apiKey: "[redacted]" } } }, // key
  channels: { wechat: { puppetOptions: { token: '\${TOKEN}', endpoint: "127.0.0.1" } } },
}`)
  })

  it.each([
    ['a key', `{ apiKey: "${secret}" }`],
    ['a number', `{ password: 77001177 }`],
    ['a quoted key', `{ "api_key": "${secret}" }`],
    ['an escaped key', `{ "api\\u004bey": "${secret}" }`],
    ['a list', `{ tokens: 1, apiKeys: ["${secret}", { a: "${secret}" }] }`],
    ['headers', `{ mcp: { servers: { s: { url: "x", headers: { "X-Mine": "${secret}" } } } } }`],
    ['the environment of a server', `{ mcp: { servers: { s: { env: { MINE: "${secret}" } } } } }`],
    ['part of a value', `{ token: "\${A} ${secret}" }`],
    ['a comment', `{ /* apiKey: "${secret}" */ a: 1 } // or 'x${secret}'`],
    ['a comment after Chinese and pictures', `{ 名: "🙂", /* '${secret}' */ token: "${secret}" }`],
    ['a file with a mark at its start', `\uFEFF{ token: "${secret}" }`],
    ['a file that is no JSON5', `{ headers: { a: "${secret}" `],
    ['a quote that does not end', `{ a: "${secret}\n, b: '${secret}\n}`],
    ['several lines', `{ token: "${secret}\\\n${secret}" }`],
  ])('has no secret from %s', (_, text) => {
    expect(coveredText(text)).not.toMatch(/hunter2|77001177/)
    expect(coveredText(text).split('\n').length).toBeGreaterThanOrEqual(1)
  })

  it('never shows the value of a secret key, whatever is around it (property)', () => {
    const other = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null)))
    fc.assert(
      fc.property(other, fc.constantFrom('apiKey', 'token', 'botSecret', 'authorization'), (around, key) => {
        const text = JSON.stringify({ around, deep: [{ [key]: secret }], [key]: secret }, undefined, 2)
        expect(coveredText(text)).not.toContain(secret)
      }),
    )
  })
})
