import { expect, it } from 'vitest'
import { apiBaseOf, resolveOptions } from './options.ts'

it('the hosts are those of the real service unless they are set', () => {
  expect(resolveOptions({})).toMatchObject({
    baseUrl: undefined,
    cdnBaseUrl: 'https://novac2c.cdn.weixin.qq.com/c2c',
    loginBaseUrl: 'https://ilinkai.weixin.qq.com',
    manualAck: false,
  })
})

it.each([
  ['http://127.0.0.1:1', 'https://other', 'http://127.0.0.1:1'],
  [undefined, 'https://other', 'https://other'],
  [undefined, 'http://plain.example', 'https://ilinkai.weixin.qq.com'],
  [undefined, 'nonsense', 'https://ilinkai.weixin.qq.com'],
  [undefined, undefined, 'https://ilinkai.weixin.qq.com'],
])('with %s configured and %s from the login, the API is at %s', (configured, fromLogin, base) => {
  expect(apiBaseOf(configured, fromLogin)).toBe(base)
})

it('a wrong option is named, its value is not', () => {
  const token = 'no-bot-id-in-it'
  expect(() => resolveOptions({ token })).toThrow(
    /^PuppetILink options: token: must look like <bot id>:<secret>$/,
  )
  expect(() => resolveOptions(JSON.parse('{"stateDirectory": "/tmp"}'))).toThrow(/stateDirectory/)
})
