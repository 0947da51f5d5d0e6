import { expect, test } from 'vitest'
import { wechatConfigSchema } from '../config/schema.ts'
import { configWarnings } from './config-warnings.ts'

const warned = (config: unknown): string[] =>
  configWarnings(wechatConfigSchema.parse(config)).map(({ path, message }) => `${path.join('.')}: ${message}`)

test('defaults spring no trap', () => {
  expect(warned({})).toEqual([])
  expect(warned({ accounts: { a: {}, b: {} } })).toEqual([])
})

test('"*" in allowFrom switches pairing off', () => {
  const message = (policy: string) =>
    `"*" admits everybody, so dmPolicy "${policy}" has no effect; remove "*", or write dmPolicy "open"`
  expect(warned({ allowFrom: ['a', ' wx:* '] })).toEqual([`allowFrom: ${message('pairing')}`])
  expect(warned({ allowFrom: ['*'], dmPolicy: 'allowlist' })).toEqual([`allowFrom: ${message('allowlist')}`])
  expect(warned({ allowFrom: ['*'], dmPolicy: 'open' })).toEqual([])
})

test('a puppet whose name is neither short nor like a puppet', () => {
  expect(warned({ puppet: 'ilnk' })).toEqual([
    expect.stringMatching(/^puppet: "ilnk" is none of the short names, .*ilink, service/),
  ])
  for (const puppet of ['ilink', 'wechaty-puppet-xyz', '@wechatferry/puppet']) {
    expect(warned({ puppet })).toEqual([])
  }
})

test('an allowlist without entries admits nobody', () => {
  expect(warned({ dmPolicy: 'allowlist' })).toEqual([
    'dmPolicy: "allowlist" with an empty allowFrom admits nobody who was not approved earlier',
  ])
  expect(warned({ dmPolicy: 'allowlist', allowFrom: ['a'] })).toEqual([])
})

test('group policies that hear less than they seem to', () => {
  expect(warned({ groupPolicy: 'allowlist' })).toEqual([
    'groupPolicy: "allowlist" without groups admits no group',
  ])
  expect(warned({ groupPolicy: 'open', groups: { r1: {} } })).toEqual([
    'groupPolicy: "open" hears only the groups named in groups, since "*" is not among them',
  ])
  expect(warned({ groupPolicy: 'open', groups: { r1: {}, '*': {} } })).toEqual([])
  expect(warned({ groupAllowFrom: [] })).toEqual([
    'groupAllowFrom: an empty list means that nobody is heard in any group',
  ])
})

test('partial streaming is off, and said only to those who asked for it', () => {
  expect(warned({ streamMode: 'partial' })).toEqual([
    'streamMode: WeChat cannot edit messages, so "partial" behaves as "off"',
  ])
  expect(warned({ streamMode: 'partial', blockStreaming: true })).toEqual([])
})

test('a group that hears nobody', () => {
  expect(warned({ groups: { '*': { allowFrom: [] } } })).toEqual([
    'groups.*.allowFrom: an empty list means that nobody is heard here',
  ])
})

test('groups in lists of people', () => {
  const message = (id: string) => `"${id}" is a group and nobody's id; groups are named in groups`
  const groups = { r1: { allowFrom: ['o9A', 'wx:r1'] }, '*': {} }
  expect(warned({ allowFrom: ['a@chatroom'], groupAllowFrom: ['@@b', 'r1'], groups })).toEqual([
    `allowFrom: ${message('a@chatroom')}`,
    `groupAllowFrom: ${message('@@b')}`,
    `groupAllowFrom: ${message('r1')}`,
    `groups.r1.allowFrom: ${message('r1')}`,
  ])
})

test.each(['b*', '(?:bot)?', 'bot|'])('the mention pattern %j matches every message', (pattern) => {
  expect(warned({ mentionPatterns: ['bot', pattern] })).toEqual([
    'mentionPatterns.1: matches every message, so no mention is needed',
  ])
})

test('alsoAllow without allow', () => {
  const tools = { alsoAllow: ['time'] }
  const groups = { '*': { tools, toolsBySender: { a: tools, b: { allow: [], ...tools } } } }
  expect(warned({ groups, dms: { b: { tools }, c: { tools: ['time'] } } })).toEqual(
    ['groups.*.tools', 'groups.*.toolsBySender.a', 'dms.b.tools'].map(
      (path) => `${path}: alsoAllow adds to allow; without allow every tool is allowed anyway`,
    ),
  )
})

test('a trap is reported once, at the level that decides', () => {
  const shared = { allowFrom: ['*'], accounts: { a: {}, b: {}, c: { dmPolicy: 'open' } } }
  expect(warned(shared)).toHaveLength(1)
  expect(warned({ accounts: { a: { allowFrom: ['*'] } } })[0]).toMatch(/^accounts\.a\.allowFrom: /)
})

test('accounts without an account in it start nothing', () => {
  expect(warned({ accounts: {} })).toEqual(['accounts: no account stands in it, so none is started'])
})

test('a hosted puppet without TLS shows its token to the network', () => {
  const puppetOptions = { token: 'x_y', tls: { disable: true } }
  const message =
    'without TLS the token and every message travel in clear; remove it unless the service is on this machine'
  expect(warned({ puppet: 'service', puppetOptions })).toEqual([`puppetOptions.tls.disable: ${message}`])
  expect(warned({ puppet: 'service', accounts: { a: { puppetOptions } } })).toEqual([
    `accounts.a.puppetOptions.tls.disable: ${message}`,
  ])
  expect(warned({ puppet: 'service', puppetOptions: { tls: { disable: false } } })).toEqual([])
  expect(warned({ puppet: '@me/puppet', puppetOptions })).toEqual([])
})
