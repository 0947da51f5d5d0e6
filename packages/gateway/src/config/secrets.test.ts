import { expect, test } from 'vitest'
import { substituteEnv } from './env.ts'
import { parseConfig } from './parse.ts'
import { configSecrets, isSecretPath, maskSecrets } from './secrets.ts'

test.each([
  ['models', 'providers', 'x', 'apiKey'],
  ['models', 'providers', 'x', 'headers', 'X-Org'],
  ['channels', 'wechat', 'puppetOptions', 'token'],
  ['channels', 'wechat', 'accounts', 'a', 'puppetOptions', 'accessToken'],
  ['mcp', 'servers', 'x', 'env', 'HOME'],
  ['x', 'client_secret'],
  ['x', 'password'],
])('%s › %s › … is secret', (...path) => {
  expect(isSecretPath(path)).toBe(true)
})

test.each([
  ['agents', 'defaults', 'maxOutputTokens'],
  ['channels', 'wechat', 'accounts', 'token', 'dmPolicy'],
  ['models', 'providers', 'my-token', 'baseUrl'],
  ['channels', 'wechat', 'groups', 'secret', 'systemPrompt'],
  ['session', 'dmScope'],
])('%s › %s › … is not', (...path) => {
  expect(isSecretPath(path)).toBe(false)
})

test('secrets are literal values under secret keys, and what the environment gave them', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: references to variables in the text of a configuration
  const text = "{ apiKey: 'one', headers: { a: 'Bearer ${KEY}', b: '' }, name: '${NAME}', token: 5 }"
  const { root } = substituteEnv(parseConfig(text, 'c.json5'), { KEY: 'two', NAME: 'ann' })
  expect(configSecrets(root)).toEqual(['one', 'Bearer two', 'two'])
})

test('a value to show has them covered, whatever kind they are', () => {
  expect(
    maskSecrets({
      a: [{ token: 5, name: 'x' }],
      headers: { b: 'c' },
      apiKey: { source: 'env' },
      accounts: { token: { enabled: true } },
    }),
  ).toEqual({
    a: [{ token: '[secret]', name: 'x' }],
    headers: { b: '[secret]' },
    apiKey: { source: '[secret]' },
    accounts: { token: { enabled: true } },
  })
})

test.each([
  ['http://ann:hunter2@proxy:1', 'http://…@proxy:1'],
  ['ann:hunter2@proxy:1', '…@proxy:1'],
  ['https://ann:hunt@r2@proxy', 'https://…@proxy'],
  ['http://ann:hunt/er2@proxy', 'http://…@proxy'],
  ['http://proxy:1', 'http://proxy:1'],
])('the proxy %s is shown as %s', (proxy, shown) => {
  expect(maskSecrets({ network: { proxy } })).toEqual({ network: { proxy: shown } })
  expect(maskSecrets({ network: { proxy: { url: proxy } } })).toEqual({ network: { proxy: { url: shown } } })
})

test('passwords in URLs of other keys are covered, addresses of people are not', () => {
  const text = 'see http://a:b@c.test/x and https://d.test, or write to ann@e.test'
  expect(maskSecrets({ systemPrompt: text })).toEqual({
    systemPrompt: 'see http://…@c.test/x and https://d.test, or write to ann@e.test',
  })
})
