import { describe, expect, it } from 'vitest'
import { secretKeyPattern, secretsIn } from './secrets.ts'

describe('secretKeyPattern', () => {
  it.each([
    ...['token', 'botToken', 'WECHATY_TOKEN', 'apiKey', 'api_key', 'api-keys', 'clientSecret'],
    ...['password', 'passwd', 'credentials', 'Authorization', 'Set-Cookie'],
  ])('matches %s', (name) => {
    expect(secretKeyPattern.test(name)).toBe(true)
  })

  it.each(['tokens', 'maxTurnTokens', 'keyboard', 'key', 'secretary', 'cookies', 'author', ''])(
    'does not match %j',
    (name) => {
      expect(secretKeyPattern.test(name)).toBe(false)
    },
  )
})

describe('secretsIn', () => {
  it('finds all strings below a secret name, and no others', () => {
    const options = {
      url: 'u',
      token: 't',
      list: [{ password: 'p' }],
      credentials: { user: 'me', n: 1, none: '' },
    }
    expect(secretsIn(options)).toEqual(['t', 'p', 'me'])
  })

  it.each([undefined, null, 1, 'token', [], () => 1])('finds nothing in %j', (value) => {
    expect(secretsIn(value)).toEqual([])
  })
})
