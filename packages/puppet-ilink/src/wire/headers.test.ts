import { expect, it } from 'vitest'
import { commonHeaders, encodeClientVersion, postHeaders } from './headers.ts'

it('a version is one byte for each of its parts', () => {
  expect(encodeClientVersion('2.4.9')).toBe(132_105)
  expect(encodeClientVersion('1.0.11')).toBe(65_547)
})

it('the uin is the base64 of a decimal uint32', () => {
  const uin = (random: number) => postHeaders(() => random)['X-WECHAT-UIN'] ?? ''
  expect(Buffer.from(uin(0), 'base64').toString()).toBe('0')
  expect(Buffer.from(uin(1 - Number.EPSILON), 'base64').toString()).toBe('4294967295')
})

it('token and route tag are sent only when there are any', () => {
  expect(postHeaders(Math.random)).not.toHaveProperty('Authorization')
  expect(postHeaders(Math.random, 'secret')).toMatchObject({ Authorization: 'Bearer secret' })
  expect(commonHeaders()).not.toHaveProperty('SKRouteTag')
  expect(commonHeaders('7')).toMatchObject({ SKRouteTag: '7' })
})
