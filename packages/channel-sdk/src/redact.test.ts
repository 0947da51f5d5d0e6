import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRedactor, redacted } from './redact.ts'

const awkward = 'pa"ss\\wo/rd +ü€\n%=='

describe('registered secrets', () => {
  it.each([
    ['as it is', awkward],
    ['inside JSON', JSON.stringify({ body: awkward })],
    ['inside JSON inside JSON', JSON.stringify(JSON.stringify({ body: awkward }))],
    ['in a URL', `https://example.org/?q=${encodeURIComponent(awkward)}`],
    ['in a URL, lower-case escapes', encodeURIComponent(awkward).toLowerCase()],
    ['in a form', new URLSearchParams({ q: awkward }).toString()],
    ['in base64', Buffer.from(awkward).toString('base64')],
    ['in base64url', Buffer.from(awkward).toString('base64url')],
    ['in hex', Buffer.from(awkward).toString('hex').toUpperCase()],
  ])('are removed %s', (_, text) => {
    const redactor = createRedactor()
    redactor.register(awkward)
    expect(redactor.text(text)).toContain(redacted)
    expect(redactor.text(text)).not.toContain(text)
  })

  it('are removed whole when one holds another', () => {
    const redactor = createRedactor()
    redactor.register('secret-part')
    redactor.register('secret-part-and-more')
    expect(redactor.text('<secret-part-and-more>')).toBe(`<${redacted}>`)
  })

  it('are removed from anywhere in any line, which stays JSON (property)', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, unit: 'grapheme' }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          const redactor = createRedactor()
          redactor.register(secret)
          const line = JSON.stringify({
            time: 'now',
            msg: `${before} ${secret} ${after}`,
            deep: [{ [secret]: secret }],
          })
          const { msg, deep } = JSON.parse(redactor.line(line))
          expect(JSON.stringify({ msg, deep }).replaceAll(redacted, '')).not.toContain(secret)
        },
      ),
    )
  })

  it('may be numbers, regex syntax or words without breaking a line', () => {
    const redactor = createRedactor()
    for (const secret of ['123456', '(.*)+', 'info', '1', '","level":"']) redactor.register(secret)
    const line = redactor.line(
      '{"time":"2026","level":"info","pid":123456,"n":12,"msg":"information (.*)+ 1 info"}',
    )
    expect(JSON.parse(line)).toEqual({
      time: '2026',
      level: 'info',
      pid: redacted,
      n: 12,
      msg: `information ${redacted} ${redacted} ${redacted}`,
    })
  })

  it('are never empty', () => {
    const redactor = createRedactor()
    redactor.register('')
    expect(redactor.text('plain')).toBe('plain')
  })
})

describe('what looks like a credential', () => {
  const text = createRedactor().text

  it.each([
    ['Authorization: Bearer abcdef.123-456', 'abcdef.123-456'],
    ['{"Authorization":"bearer  abcdef123456"}', 'abcdef123456'],
    ['Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['Incorrect API key provided: sk-proj-Abc_123-xyz.', 'sk-proj-Abc_123-xyz'],
    ['GET /x?token=abc123&y=1', 'abc123'],
    ['bot_token: 998877:AAbb', '998877:AAbb'],
    ['{"context_token":"AARzJW=="}', 'AARzJW=='],
    [String.raw`{\"local_token\": \"AARz\"}`, 'AARz'],
    ['x-api-key=k', '=k'],
    ["password='hunter2'", 'hunter2'],
    ['redis://user:hunter2@host/1', 'hunter2'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'c2ln'],
  ])('is removed from %s', (shown, secret) => {
    expect(text(shown)).toContain(redacted)
    expect(text(shown)).not.toContain(secret)
  })

  it.each([
    'tokens=12',
    'token=null',
    'https://liteapp.weixin.qq.com/q/7GiQu1?qrcode=0123456789abcdef&bot_type=3',
    'see http://127.0.0.1:18789/api/status',
    'a task-list, a risk-free one',
  ])('does not reach into %s', (harmless) => {
    expect(text(harmless)).toBe(harmless)
  })

  it('is removed from a field named like one', () => {
    const line = createRedactor().line('{"apiKey":"k1","nested":{"botToken":"t1","count":3}}')
    expect(JSON.parse(line)).toEqual({ apiKey: redacted, nested: { botToken: redacted, count: 3 } })
  })

  it('is found in linear time whatever the text', () => {
    for (const unit of ['eyJ-', 'token', 'token   ', ':// a:', '-a', '\\', 'bearer ']) {
      expect(text(unit.repeat(50_000)).length).toBeGreaterThan(0)
    }
  })
})

it('cuts what is too long for a log', () => {
  const { msg } = JSON.parse(createRedactor().line(JSON.stringify({ msg: 'x'.repeat(100_000) })))
  expect(msg.length).toBeLessThan(17_000)
  expect(msg).toContain('100000 characters')
})
