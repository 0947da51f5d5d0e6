import { expect, test } from 'vitest'
import { wechatConfigSchema } from '../config/schema.ts'
import { configWarnings } from './config-warnings.ts'

const warned = (config: unknown): string[] =>
  configWarnings(wechatConfigSchema.parse(config)).map(({ path, message }) => `${path.join('.')}: ${message}`)

test('the defaults give no warnings', () => {
  expect(warned({})).toEqual([])
  expect(warned({ accounts: { a: {}, b: {} } })).toEqual([])
})

test('warns that "*" in allowFrom disables pairing', () => {
  const message = (policy: string) =>
    `"*" admits every user, so dmPolicy "${policy}" has no effect; remove "*", or write dmPolicy "open"`
  expect(warned({ allowFrom: ['a', ' wx:* '] })).toEqual([`allowFrom: ${message('pairing')}`])
  expect(warned({ allowFrom: ['*'], dmPolicy: 'allowlist' })).toEqual([`allowFrom: ${message('allowlist')}`])
  expect(warned({ allowFrom: ['*'], dmPolicy: 'open' })).toEqual([])
})

test('warns about a name that is neither a short name nor the name of a puppet', () => {
  expect(warned({ puppet: 'ilnk' })).toEqual([
    expect.stringMatching(/^puppet: "ilnk" is not a short name, .*ilink, service/),
  ])
  for (const puppet of ['ilink', 'wechaty-puppet-xyz', '@wechatferry/puppet']) {
    expect(warned({ puppet })).toEqual([])
  }
})

test.each([
  ['service', {}],
  ['wechaty-puppet-service', {}],
  ['service', { puppetOptions: { endpoint: '127.0.0.1:1' } }],
  ['service', { puppetOptions: { token: '' } }],
])('warns that %s with %j has no token', (puppet, rest) => {
  const message = `puppet: "${puppet}" needs the token of the hosted puppet in puppetOptions.token`
  expect(warned({ puppet, ...rest })).toEqual([message])
  expect(warned({ accounts: { a: { puppet, ...rest } } })).toEqual([`accounts.a.${message}`])
})

test('is content with a token at either level, and asks none of other puppets', () => {
  const puppetOptions = { token: 'insecure_t' }
  expect(warned({ puppet: 'service', puppetOptions })).toEqual([])
  expect(warned({ puppetOptions, accounts: { a: { puppet: 'service' } } })).toEqual([])
  expect(warned({ puppet: 'ilink' })).toEqual([])
})

test.each([
  ['groupPolicy', 'disabled'],
  ['groupAllowFrom', ['o9A']],
  ['groups', { '*': {} }],
])('warns that %s has no effect where no account has groups', (key, value) => {
  const message = (puppet: string) => `${key}: has no effect: "${puppet}" has no groups, only direct chats`
  expect(warned({ puppet: 'ilink', [key]: value })).toEqual([message('ilink')])
  expect(warned({ accounts: { a: { puppet: 'wechaty-puppet-ilink', [key]: value }, b: {} } })).toEqual([
    `accounts.a.${message('wechaty-puppet-ilink')}`,
  ])
  expect(warned({ [key]: value, accounts: { a: { puppet: 'ilink' }, b: { puppet: 'ilink' } } })).toEqual([
    message('ilink'),
  ])
})

test('says nothing of group keys that an account with groups takes from the channel', () => {
  const shared = { groups: { '*': {} }, puppet: 'ilink' }
  for (const puppet of ['wechat4u', 'wechaty-puppet-xyz']) {
    expect(warned({ ...shared, accounts: { a: {}, b: { puppet } } })).toEqual([])
  }
  expect(warned({ ...shared, accounts: { a: {}, b: { puppet: 'wechat4u', groups: {} } } })).toEqual([
    'groups: has no effect: "ilink" has no groups, only direct chats',
  ])
})

test('warns about an allowlist without entries', () => {
  expect(warned({ dmPolicy: 'allowlist' })).toEqual([
    'dmPolicy: "allowlist" with an empty allowFrom admits only users who were approved earlier',
  ])
  expect(warned({ dmPolicy: 'allowlist', allowFrom: ['a'] })).toEqual([])
})

test('warns about group policies that admit less than expected', () => {
  expect(warned({ groupPolicy: 'allowlist' })).toEqual([
    'groupPolicy: "allowlist" without groups admits no group',
  ])
  expect(warned({ groupPolicy: 'open', groups: { r1: {} } })).toEqual([
    'groupPolicy: "open" admits only the groups listed in groups, because "*" is not one of them',
  ])
  expect(warned({ groupPolicy: 'open', groups: { r1: {}, '*': {} } })).toEqual([])
  expect(warned({ groupAllowFrom: [] })).toEqual([
    'groupAllowFrom: an empty list means that no sender is admitted in any group',
  ])
})

test('warns that partial streaming is off, only if it was written', () => {
  expect(warned({ streamMode: 'partial' })).toEqual([
    'streamMode: WeChat cannot edit messages, so "partial" behaves as "off"',
  ])
  expect(warned({ streamMode: 'partial', blockStreaming: true })).toEqual([])
})

test('warns about a group that admits no sender', () => {
  expect(warned({ groups: { '*': { allowFrom: [] } } })).toEqual([
    'groups.*.allowFrom: an empty list means that no sender is admitted in this group',
  ])
})

test('warns about ids of groups in lists of users', () => {
  const message = (id: string) => `"${id}" is the id of a group, not of a user; list groups in groups`
  const groups = { r1: { allowFrom: ['o9A', 'wx:r1'] }, '*': {} }
  expect(warned({ allowFrom: ['a@chatroom'], groupAllowFrom: ['@@b', 'r1'], groups })).toEqual([
    `allowFrom: ${message('a@chatroom')}`,
    `groupAllowFrom: ${message('@@b')}`,
    `groupAllowFrom: ${message('r1')}`,
    `groups.r1.allowFrom: ${message('r1')}`,
  ])
})

test.each(['b*', '(?:bot)?', 'bot|'])(
  'warns that the mention pattern %j matches every message',
  (pattern) => {
    expect(warned({ mentionPatterns: ['bot', pattern] })).toEqual([
      'mentionPatterns.1: the pattern matches every message, so every message counts as a mention',
    ])
  },
)

test('warns about a mention pattern that is written as a literal', () => {
  const groups = { '*': { mentionPatterns: ['/小助手/i'] } }
  expect(warned({ groups })).toEqual([
    'groups.*.mentionPatterns.0: slashes and flags around a pattern are ignored, and case never matters; write "小助手"',
  ])
})

test('warns about alsoAllow without allow', () => {
  const tools = { alsoAllow: ['time'] }
  const groups = { '*': { tools, toolsBySender: { a: tools, b: { allow: [], ...tools } } } }
  expect(warned({ groups, dms: { b: { tools }, c: { tools: ['time'] } } })).toEqual(
    ['groups.*.tools', 'groups.*.toolsBySender.a', 'dms.b.tools'].map(
      (path) => `${path}: alsoAllow has no effect without allow, because every tool is allowed then`,
    ),
  )
})

test('reports a warning once, at the level that applies', () => {
  const shared = { allowFrom: ['*'], accounts: { a: {}, b: {}, c: { dmPolicy: 'open' } } }
  expect(warned(shared)).toHaveLength(1)
  expect(warned({ accounts: { a: { allowFrom: ['*'] } } })[0]).toMatch(/^accounts\.a\.allowFrom: /)
})

test('warns about an empty map of accounts', () => {
  expect(warned({ accounts: {} })).toEqual(['accounts: the map is empty, so no account is started'])
})

test('warns about the access of a puppet that has too much or too little', () => {
  expect(warned({ puppet: 'wechat4u', puppetAccess: 'user' })).toEqual([
    expect.stringMatching(/^puppetAccess: the puppet can read all files/),
  ])
  expect(warned({ puppet: 'wechat', puppetAccess: 'own' })).toEqual([
    'puppetAccess: "wechat" starts a browser, which "own" does not allow',
  ])
  expect(warned({ puppet: 'wechat4u', puppetAccess: 'own' })).toEqual([])
  expect(() => warned({ puppetAccess: 'all' })).toThrow()
})

test('warns about a hosted puppet without TLS', () => {
  const puppetOptions = { token: 'x_y', tls: { disable: true } }
  const message =
    'without TLS the token and every message are sent unencrypted; remove this key unless the service runs on this machine'
  expect(warned({ puppet: 'service', puppetOptions })).toEqual([`puppetOptions.tls.disable: ${message}`])
  expect(warned({ puppet: 'service', accounts: { a: { puppetOptions } } })).toEqual([
    `accounts.a.puppetOptions.tls.disable: ${message}`,
  ])
  expect(warned({ puppet: 'service', puppetOptions: { token: 'x_y', tls: { disable: false } } })).toEqual([])
  expect(warned({ puppet: '@me/puppet', puppetOptions })).toEqual([])
  const onSocket = { ...puppetOptions, endpoint: 'unix:/run/puppet.sock' }
  expect(warned({ puppet: 'service', puppetOptions: onSocket })).toEqual([])
  const elsewhere = { ...puppetOptions, endpoint: 'unix.example:8788' }
  expect(warned({ puppet: 'service', puppetOptions: elsewhere })).toHaveLength(1)
})
