import { expect, test } from 'vitest'
import { encodedVersion, violationsOf } from './checks.ts'

test.each([
  ['2.4.9', '132105'],
  ['1.0.11', '65547'],
  ['1.2.3-rc.1', '66051'],
  ['unknown', undefined],
])('version %s is %s in the header', (version, header) => {
  expect(encodedVersion(version)).toBe(header)
})

const headers = {
  'ilink-app-id': 'bot',
  'ilink-app-clientversion': '132105',
  'content-type': 'application/json',
  authorizationtype: 'ilink_bot_token',
  'x-wechat-uin': 'MTM3NjUyMTcz',
  authorization: 'Bearer b0f5860fdecb@im.bot:secret',
}
const body = { base_info: { channel_version: '2.4.9', bot_agent: 'OpenClaw' } }

test('a request as Tencent’s client makes it has no violations', () => {
  expect(violationsOf('getupdates', 'POST', headers, body)).toEqual([])
})

test.each([
  [{ 'ilink-app-clientversion': '1' }, /is 1, but channel_version 2\.4\.9 makes 132105/],
  [{ 'x-wechat-uin': Buffer.from('4294967296').toString('base64') }, /X-WECHAT-UIN/],
  [{ 'x-wechat-uin': Buffer.from('ff').toString('base64') }, /X-WECHAT-UIN/],
  [{ authorization: 'Bearer ' }, /Bearer/],
])('%o is a violation', (change, violation) => {
  expect(violationsOf('getupdates', 'POST', { ...headers, ...change }, body)).toEqual([
    expect.stringMatching(violation),
  ])
})
