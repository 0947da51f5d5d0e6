import { expect, it } from 'vitest'
import { secretsIn, withoutSecrets } from './secrets.ts'

it('finds secrets by their keys, at any depth', () => {
  const options = {
    token: 'a',
    uos: true,
    tls: { serverName: 'b' },
    proxy: { password: 'c', credentials: [{ x: 'd' }] },
  }
  expect(secretsIn({ ...options, apiKey: '', timeoutSeconds: 5, none: null })).toEqual(['a', 'c', 'd'])
})

it('takes every one of them out of a text', () => {
  expect(withoutSecrets('Invalid TOKEN "t_1": t_1, t_2', ['t_1', 't_2'])).toBe(
    'Invalid TOKEN "[redacted]": [redacted], [redacted]',
  )
})
