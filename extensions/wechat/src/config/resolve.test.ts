import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalizeId } from './ids.ts'
import { MentionPatterns } from './patterns.ts'
import { defaultAccountId, resolveAccounts } from './resolve.ts'
import { type WechatConfig, wechatConfigSchema } from './schema.ts'

const parse = (config: unknown): WechatConfig => wechatConfigSchema.parse(config)
const only = (config: unknown) => resolveAccounts(parse(config))[0]

test('without accounts there is one account, "default", with every default', () => {
  expect(resolveAccounts(parse({}))).toEqual([
    {
      id: 'default',
      enabled: true,
      puppet: 'wechaty-puppet-wechat',
      puppetOptions: {},
      puppetLimits: { maxMemoryMb: 2048, restartsPerHour: 30 },
      puppetAccess: 'user',
      qrCode: true,
      dmPolicy: 'pairing',
      pairingPreview: true,
      allowFrom: new Set(),
      groupPolicy: 'open',
      groups: new Map(),
      dms: new Map(),
      mentionPatterns: new MentionPatterns([]),
      limits: {},
      historyLimit: 20,
      dmHistoryLimit: 10,
      textChunkLimit: 2048,
      webhooks: [],
      chunkMode: 'length',
      blockReplies: false,
      draftChunk: { minChars: 200, maxChars: 800 },
      mediaMaxBytes: 25 * 1024 * 1024,
      replyLanguage: 'auto',
      retentionMs: 7 * 24 * 60 * 60_000,
      maxReplyAgeMs: { direct: 24 * 60 * 60_000, group: 30 * 60_000 },
      maxMessageAgeMs: { direct: 24 * 60 * 60_000, group: 10 * 60_000 },
      maxMessagesPerReply: 10,
    },
  ])
})

test('an age is one number for both kinds of conversation, or one for each', () => {
  const agesOf = (written: object) => resolveAccounts(parse(written)).map((account) => account.maxReplyAgeMs)
  expect(agesOf({ maxReplyAgeMs: 60_000 })).toEqual([{ direct: 60_000, group: 60_000 }])
  expect(agesOf({ maxReplyAgeMs: { group: 60_000 } })).toEqual([{ direct: 24 * 60 * 60_000, group: 60_000 }])
  expect(
    agesOf({ maxReplyAgeMs: { group: 60_000 }, accounts: { a: { maxReplyAgeMs: { direct: 5_000 } } } }),
  ).toEqual([{ direct: 5_000, group: 30 * 60_000 }])
})

test('returns exactly the configured accounts, in their order', () => {
  expect(resolveAccounts(parse({ accounts: { b: {}, a: {} } })).map(({ id }) => id)).toEqual(['b', 'a'])
  expect(resolveAccounts(parse({ accounts: {} }))).toEqual([])
})

test('lists and maps of an account replace those of the channel as a whole', () => {
  const [a] = resolveAccounts(
    parse({
      allowFrom: ['one'],
      groups: { r1: { requireMention: false }, '*': {} },
      puppetOptions: { baseUrl: 'http://one', token: 't' },
      accounts: { a: { allowFrom: ['two'], groups: { r2: {} }, puppetOptions: { baseUrl: 'http://two' } } },
    }),
  )
  expect(a).toMatchObject({ allowFrom: new Set(['two']), puppetOptions: { baseUrl: 'http://two' } })
  expect(a?.groups).toEqual(new Map([['r2', {}]]))
})

test('an enabled account starts even if the channel is disabled', () => {
  const accounts = resolveAccounts(parse({ enabled: false, accounts: { a: { enabled: true }, b: {} } }))
  expect(accounts.map(({ enabled }) => enabled)).toEqual([true, false])
})

test('removes the prefixes of other hosts from ids and preserves case', () => {
  expect(
    only({ allowFrom: [' wechat:Abc ', 'wx:user:X', 'USER: y', '*', 'alias: Old friend'] })?.allowFrom,
  ).toEqual(new Set(['Abc', 'X', 'y', '*', 'alias:Old friend']))
  expect(
    only({ groups: { 'wx:R@chatroom': { allowFrom: ['wx:A'], toolsBySender: { 'wx:A': ['time'] } } } }),
  ).toMatchObject({
    groups: new Map([
      ['R@chatroom', { allowFrom: new Set(['A']), toolsBySender: new Map([['A', { allow: ['time'] }]]) }],
    ]),
  })
})

test('expands short puppet names to package names', () => {
  for (const name of ['ilink', 'service', 'wechat', 'wechat4u', 'mock']) {
    expect(only({ puppet: name })?.puppet).toBe(`wechaty-puppet-${name}`)
  }
  expect(only({ puppet: 'wechaty-puppet-xp' })?.puppet).toBe('wechaty-puppet-xp')
})

test('a list of tools is short for allow, and alsoAllow extends allow', () => {
  expect(
    only({
      groups: {
        a: { tools: ['time'] },
        b: { tools: [] },
        c: { tools: { deny: ['x_*'] } },
        d: { tools: { allow: ['time'], alsoAllow: ['weather'] } },
        e: { tools: { alsoAllow: ['time'] } },
      },
    })?.groups,
  ).toEqual(
    new Map([
      ['a', { tools: { allow: ['time'] } }],
      ['b', { tools: { allow: [] } }],
      ['c', { tools: { deny: ['x_*'] } }],
      ['d', { tools: { allow: ['time', 'weather'] } }],
      ['e', { tools: {} }],
    ]),
  )
})

test.each([
  [{}, false],
  [{ streamMode: 'partial' }, false],
  [{ streamMode: 'off' }, false],
  [{ streamMode: 'block' }, true],
  [{ streamMode: 'off', blockStreaming: true }, true],
])('%j sends block by block: %s', (config, expected) => {
  expect(only(config)?.blockReplies).toBe(expected)
})

test('the default account is the configured one, else "default", else the first by id', () => {
  expect(defaultAccountId(parse({}))).toBe('default')
  expect(defaultAccountId(parse({ accounts: { b: {}, a: {} } }))).toBe('a')
  expect(defaultAccountId(parse({ accounts: { b: {}, default: {}, a: {} } }))).toBe('default')
  expect(defaultAccountId(parse({ defaultAccountId: 'b', accounts: { b: {}, default: {} } }))).toBe('b')
  expect(defaultAccountId(parse({ accounts: {} }))).toBeUndefined()
})

const ids = fc.array(fc.constantFrom('a', 'B', 'wx:c', '*', ' d '), { maxLength: 4 })
const toolNames = fc.array(fc.constantFrom('time', 'gh_*', '*'), { maxLength: 4 })
const tools = fc.oneof(
  toolNames,
  fc.record({ allow: toolNames, alsoAllow: toolNames, deny: toolNames }, { requiredKeys: [] }),
)
/** Any subset of the keys of one level. */
const level = fc.record(
  {
    enabled: fc.boolean(),
    name: fc.constantFrom('n1', 'n2'),
    puppet: fc.constantFrom('ilink', 'mock', 'wechaty-puppet-x'),
    puppetOptions: fc.dictionary(fc.constantFrom('token', 'baseUrl'), fc.jsonValue()),
    qrCode: fc.boolean(),
    pairingPreview: fc.boolean(),
    botAgent: fc.constantFrom('A/1', 'B/2 (c)'),
    dmPolicy: fc.constantFrom('pairing', 'allowlist', 'open', 'disabled'),
    allowFrom: ids,
    groupPolicy: fc.constantFrom('open', 'allowlist', 'disabled'),
    groupAllowFrom: ids,
    groups: fc.dictionary(
      fc.constantFrom('*', 'r1', 'wx:r2'),
      fc.record(
        {
          enabled: fc.boolean(),
          requireMention: fc.boolean(),
          allowFrom: ids,
          tools,
          historyLimit: fc.nat(9),
        },
        { requiredKeys: [] },
      ),
    ),
    dms: fc.dictionary(
      fc.constantFrom('u1', 'u2'),
      fc.record({ historyLimit: fc.nat(9), tools }, { requiredKeys: [] }),
    ),
    mentionPatterns: fc.array(fc.constantFrom('a+', '^b'), { maxLength: 2 }),
    historyLimit: fc.nat(1000),
    dmHistoryLimit: fc.nat(1000),
    textChunkLimit: fc.integer({ min: 16, max: 5000 }),
    chunkMode: fc.constantFrom('length', 'newline'),
    streamMode: fc.constantFrom('off', 'partial', 'block'),
    blockStreaming: fc.boolean(),
    draftChunk: fc.record({ minChars: fc.integer({ min: 1, max: 800 }) }, { requiredKeys: [] }),
    mediaMaxMb: fc.integer({ min: 1, max: 1024 }),
    replyLanguage: fc.constantFrom('auto', 'en', 'zh-CN'),
  },
  { requiredKeys: [] },
)

test('a key that an account writes has the same value under any channel level', () => {
  fc.assert(
    fc.property(level, level, (channel, account) => {
      const merged = only({ ...channel, accounts: { a: account } })
      const flat = only({ accounts: { a: { ...channel, ...account } } })
      expect(merged).toEqual(flat)
      const alone = { ...only({ accounts: { a: account } }) }
      for (const key of Object.keys(account)) {
        if (Object.hasOwn(alone, key)) expect(merged).toHaveProperty([key], Reflect.get(alone, key))
      }
    }),
  )
})

test('resolves every configuration that passes the schema to complete accounts', () => {
  const keys = Object.keys(only({}) ?? {}).sort()
  fc.assert(
    fc.property(level, fc.dictionary(fc.constantFrom('a', 'b', 'c'), level), (channel, accounts) => {
      const resolved = resolveAccounts(parse({ ...channel, accounts }))
      expect(resolved.map(({ id }) => id)).toEqual(Object.keys(accounts))
      for (const account of resolved)
        expect(Object.keys(account).sort()).toEqual(expect.arrayContaining(keys))
    }),
  )
})

test('normalising an id twice gives the same result as once', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('', 'wechat:', ' wx: user:', 'WX:', 'alias: '), (id, prefix) => {
      const once = normalizeId(prefix + id)
      expect(normalizeId(once)).toBe(once)
    }),
  )
})
