import { expect, test } from 'vitest'
import { wechatConfigSchema } from './schema.ts'

/** Every issue as `path: message`. The message of a key is that of its inner issue, as in a host. */
function flaws(config: unknown): string[] {
  const { error } = wechatConfigSchema.safeParse(config)
  return (error?.issues ?? []).map(({ path, message, ...issue }) => {
    const inner = issue.code === 'invalid_key' ? issue.issues.map((one) => one.message).join() : message
    return `${path.join('.')}: ${inner}`
  })
}

test('accepts an empty configuration', () => {
  expect(flaws({})).toEqual([])
})

test.each(['a', 'my-bot', 'team_1.eu', 'A9', 'x'.repeat(64)])('accepts the account id %s', (id) => {
  expect(flaws({ accounts: { [id]: {} } })).toEqual([])
})

test.each(['', '.', '..', 'a/b', '../x', 'a\\b', 'a b', '-a', 'a.', '工作', 'a:b', 'a\0', 'x'.repeat(65)])(
  'rejects the account id %j, because folders are named after it',
  (id) => {
    expect(flaws({ accounts: { [id]: {} } })).toEqual([
      `accounts.${id}: an account id has 1 to 64 letters, digits, "-", "_" or ".", and begins and ends with a letter or digit; use \`name\` for a label`,
    ])
  },
)

test('rejects account ids that differ only in case, because a file system may ignore case', () => {
  expect(flaws({ accounts: { Work: {}, work: {} } })).toEqual([
    'accounts.work: another account id differs from this one only in case, so both would use the same folder',
  ])
})

test('requires that defaultAccountId names an account', () => {
  expect(flaws({ defaultAccountId: 'default' })).toEqual([])
  expect(flaws({ defaultAccountId: 'a', accounts: { a: {} } })).toEqual([])
  expect(flaws({ defaultAccountId: 'a' })).toEqual([
    'defaultAccountId: account "a" does not exist; the configured accounts are: default',
  ])
  expect(flaws({ defaultAccountId: 'default', accounts: { a: {}, b: {} } })).toEqual([
    'defaultAccountId: account "default" does not exist; the configured accounts are: a, b',
  ])
})

test('rejects defaultAccountId in an account', () => {
  expect(flaws({ accounts: { a: { defaultAccountId: 'a' } } })).toEqual([
    'accounts.a: Unrecognized key: "defaultAccountId"',
  ])
})

test('reports an invalid mention pattern at its path', () => {
  expect(flaws({ mentionPatterns: ['@bot', '(', '\\y'] })).toEqual([
    'mentionPatterns.1: Invalid regular expression: /(/iu: Unterminated group',
    'mentionPatterns.2: Invalid regular expression: /\\y/iu: Invalid escape',
  ])
  expect(flaws({ groups: { r: { mentionPatterns: ['['] } } })).toHaveLength(1)
  expect(flaws({ mentionPatterns: ['a'.repeat(501)] })).toHaveLength(1)
})

test('checks draftChunk together with the defaults of its missing keys', () => {
  expect(flaws({ draftChunk: { minChars: 801 } })).toEqual([
    'draftChunk: minChars (801) is more than maxChars (800)',
  ])
  expect(flaws({ draftChunk: { minChars: 801, maxChars: 900 } })).toEqual([])
})

test.each([
  ['maxReplyAgeMs', 999],
  ['maxReplyAgeMs', { direct: 0 }],
  ['maxReplyAgeMs', { everywhere: 60_000 }],
  ['maxMessageAgeMs', 8 * 24 * 60 * 60_000],
  ['maxMessageAgeMs', { group: '10m' }],
  ['maxMessagesPerReply', 0],
  ['maxMessagesPerReply', 101],
  ['maxMessagesPerReply', 2.5],
])('rejects %s: %j', (name, value) => {
  expect(flaws({ [name]: value })).toHaveLength(1)
  expect(flaws({ accounts: { a: { [name]: value } } })).toHaveLength(1)
})

test('rejects two entries whose keys normalise to the same id', () => {
  expect(flaws({ groups: { r1: {}, ' wx:r1': {} } })).toEqual(['groups. wx:r1: is the same id as "r1"'])
  expect(flaws({ dms: { 'user:a': {}, A: {} } })).toEqual([])
})

test.each(['id:a', 'ID : a', 'wechat:id:a', 'group:a', 'room：a', 'dm:a', 'SENDER:a', 'openclaw-weixin:a'])(
  'takes %j for the id "a"',
  (key) => expect(flaws({ groups: { a: {}, [key]: {} } })).toEqual([`groups.${key}: is the same id as "a"`]),
)

test.each([
  'e164:+8613800000000',
  'name:Ann',
  'username:ann',
  'id:name:Ann',
  'phone:1',
  '昵称：小安',
  'telegram:1',
])('rejects %j, which would match nobody', (key) => {
  const flaw =
    'is not an id; write the id of the user or group as shown in the log and by `moltbot pairing list`'
  expect(flaws({ groups: { r: { toolsBySender: { [key]: [] } } } })).toEqual([
    `groups.r.toolsBySender.${key}: ${flaw}`,
  ])
  expect(flaws({ allowFrom: [key] })).toEqual([`allowFrom.0: ${flaw}`])
})

test.each([
  '*_delete',
  'shop_*_delete',
  '* ',
  'send_file ',
  '',
  '**',
  'shop.delete',
  '删除',
  'group:fs',
  'x'.repeat(65),
])('rejects the tool %j, which would mean none', (name) => {
  const flaw =
    'is not a tool name; names have up to 64 letters, digits, "_" and "-", and `*` works only at the end'
  expect(flaws({ dms: { a: { tools: { deny: ['*', 'send_file', 'web_*', name] } } } })).toEqual([
    `dms.a.tools.deny.3: ${flaw}`,
  ])
})

test.each([
  ['wechat: ', 'the id is missing'],
  ['Alias:', 'the id is missing'],
  ['all', 'is not an id; write "*" for everyone'],
  ['id:所有人', 'is not an id; write "*" for everyone'],
  ['＊', 'is not an id; write "*" for everyone'],
  ['wxid_*', 'is not an id; `*` stands alone, for everyone'],
  ['wxid ann', 'is not an id; write one id without spaces, quotes and commas'],
  ['wxid_ann,wxid_ben', 'is not an id; write one id without spaces, quotes and commas'],
  ['"wxid_ann"', 'is not an id; write one id without spaces, quotes and commas'],
  ['wxid_ann\u200b', 'contains an invisible character; write the id again'],
])('rejects the id %j', (id, flaw) => {
  expect(flaws({ allowFrom: [id] })).toEqual([`allowFrom.0: ${flaw}`])
})

test('rejects a group where rules of a user are, and a user where rules of a group are', () => {
  const noUser = 'is the id of a group, not of a user, so the entry would restrict nobody'
  const noGroup = 'is not the id of a group, so the entry would restrict no group'
  expect(flaws({ dms: { '1@chatroom': {} } })).toEqual([`dms.1@chatroom: ${noUser}`])
  expect(flaws({ groups: { r: { toolsBySender: { '@@1': [] } } } })).toEqual([
    `groups.r.toolsBySender.@@1: ${noUser}`,
  ])
  expect(flaws({ groups: { wxid_ann: {} } })).toEqual([`groups.wxid_ann: ${noGroup}`])
  expect(flaws({ groups: { 'ALIAS: x': {} } })).toEqual([`groups.ALIAS: x: ${noGroup}`])
})

test('takes a mention pattern that is written as a literal, and rejects one whose flags change it', () => {
  expect(flaws({ mentionPatterns: ['/小助手/i', '/^bot/', '/help'] })).toEqual([])
  expect(flaws({ mentionPatterns: ['/^bot/m'] })).toEqual([
    'mentionPatterns.0: the flags "m" are not supported; write the pattern without slashes',
  ])
  expect(flaws({ mentionPatterns: ['\u200b'] })).toEqual(['mentionPatterns.0: the pattern is empty'])
})

test.each([
  'MyBot/1.2.0',
  'MyBot/1.2.0 (region=cn;env=prod)',
  'MyBot/1.2.0 LangChain/0.3.5',
  'MyBot/1.2.0-rc.1+build.5',
])('accepts the botAgent %s', (botAgent) => {
  expect(flaws({ botAgent })).toEqual([])
})

test.each(['', 'MyBot', 'Föö/1', 'a/1 (b(c))', '(x) a/1', 'a/1  b/2', `${'x'.repeat(33)}/1`])(
  'rejects the botAgent %j, because the backend would drop part of it',
  (botAgent) => {
    expect(flaws({ botAgent })).toHaveLength(1)
  },
)

test.each(['ilink', 'wechaty-puppet-padlocal', '@me/puppet.x'])('accepts the puppet %s', (puppet) => {
  expect(flaws({ puppet })).toEqual([])
})

test.each(['', '../x', '/tmp/x', 'a/b', 'https://x', 'A', '-g', 'node:fs'])(
  'rejects the puppet %j',
  (puppet) => {
    expect(flaws({ puppet })).toHaveLength(1)
  },
)

test('rejects two accounts with the same token of a hosted puppet', () => {
  const puppetOptions = { token: 'hosted_secret' }
  const shared = 'accounts "a" and "b" have the same token, but a hosted puppet serves only one account'
  const account = { puppet: 'service', puppetOptions }
  expect(flaws({ accounts: { a: account, b: { ...account, puppet: 'wechaty-puppet-service' } } })).toEqual([
    `accounts.b.puppetOptions.token: ${shared}`,
  ])
  expect(flaws({ ...account, accounts: { a: {}, b: {} } })).toEqual([`puppetOptions.token: ${shared}`])
  expect(flaws({ ...account, accounts: { a: {}, b: account } })).toEqual([
    `accounts.b.puppetOptions.token: ${shared}`,
  ])
})

test('accepts the same token in an account that is disabled or uses another puppet', () => {
  const account = { puppet: 'service', puppetOptions: { token: 'hosted_secret' } }
  expect(flaws({ ...account, accounts: { a: {}, b: { enabled: false } } })).toEqual([])
  expect(flaws({ ...account, accounts: { a: {}, b: { puppet: 'ilink' } } })).toEqual([])
  expect(flaws({ ...account, accounts: { a: {}, b: { puppetOptions: { token: 'hosted_other' } } } })).toEqual(
    [],
  )
  expect(flaws({ puppet: 'service', accounts: { a: {}, b: {} } })).toEqual([])
})

test('the schema for editors has every key, its purpose and its default', () => {
  const schema = wechatConfigSchema['~standard'].jsonSchema.input({ target: 'draft-2020-12' })
  expect(schema).toMatchObject({
    additionalProperties: false,
    properties: {
      dmPolicy: { default: 'pairing', enum: ['pairing', 'allowlist', 'open', 'disabled'] },
      accounts: { additionalProperties: { properties: { historyLimit: { default: 20 } } } },
    },
  })
  expect(undescribed(schema)).toEqual([])
})

/** Paths of properties without a description. */
function undescribed(node: unknown, path = ''): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => {
    const here = `${path}.${key}`
    if (key !== 'properties') return undescribed(value, here)
    return Object.entries(value).flatMap(([name, property]) => {
      const silent = !('description' in Object(property)) && !('not' in Object(property))
      return [...(silent ? [`${here}.${name}`] : []), ...undescribed(property, `${here}.${name}`)]
    })
  })
}
