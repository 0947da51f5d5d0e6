import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ImportResult } from '@moltbot/channel-sdk'
import { beforeEach, describe, expect, it } from 'vitest'
import { testHost } from '../../test/host.ts'
import { temporaryFolder } from '../../test/samples.ts'
import { writeApprovals, writeBelow, writeTencentAccounts } from '../../test/tencent-files.ts'
import { createChannel } from '../channel.ts'
import { wechatConfigSchema } from '../config/schema.ts'
import { readPuppetEntries } from '../store/foreign-databases.ts'
import { storeFile } from '../store/sqlite-store.ts'
import { importAccounts } from './import-accounts.ts'

const shop = { id: 'b0f5860fdecb-im-bot', token: 'b0f5860fdecb@im.bot:secret-1', userId: 'o9Owner@im.wechat' }
const support = { id: 'c0f5860fdecb-im-bot', token: 'c0f5860fdecb@im.bot:secret-2' }
const accounts = 'openclaw-weixin/accounts'

let theirs = ''
let stateDir = ''
beforeEach(() => {
  theirs = temporaryFolder()
  stateDir = temporaryFolder()
})

interface Wanted {
  readonly of?: 'openclaw' | 'tencent'
  readonly config?: unknown
  readonly dryRun?: boolean
}

function imported({ of = 'tencent', config, dryRun = false }: Wanted = {}): Promise<ImportResult> {
  return importAccounts({ folder: theirs, of, config }, { stateDir, dryRun })
}

/** What our puppet has of an account, as one object for each key. */
async function stored(accountId: string): Promise<Record<string, unknown>> {
  const entries = (await readPuppetEntries(storeFile(stateDir))).get(accountId) ?? []
  return Object.fromEntries(entries.map(({ kind, key, value }) => [`${kind}/${key}`, JSON.parse(value)]))
}

/** All files below a folder with their content, mode and time. */
function snapshot(folder: string): unknown {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => [name, statSync(join(folder, name))] as const)
    .map(([name, stats]) => [
      name,
      stats.mode,
      stats.mtimeMs,
      stats.isFile() && readFileSync(join(folder, name), 'base64'),
    ])
}

const outcomes = ({ accounts }: ImportResult) => accounts.map(({ accountId, status }) => [accountId, status])

describe("the accounts of Tencent's plugin", () => {
  const full = {
    ...shop,
    baseUrl: 'https://api.example.com',
    cursor: 'cursor-1',
    contextTokens: { 'o9Owner@im.wechat': 'context-1' },
    allowFrom: ['o9Owner@im.wechat', 'o9Ann@im.wechat'],
  }

  it('are taken over with login, cursor, context tokens and approvals', async () => {
    writeTencentAccounts(theirs, [full, support])
    writeApprovals(theirs, 'openclaw-weixin', [[shop.id, 'o9Bob@im.wechat']])
    const result = await imported()
    expect(result.gaps).toEqual([])
    expect(result.accounts).toEqual([
      {
        accountId: shop.id,
        status: 'taken',
        approved: ['o9Owner@im.wechat', 'o9Ann@im.wechat', 'o9Bob@im.wechat'],
        conversations: 1,
      },
      { accountId: support.id, status: 'taken', approved: [], conversations: 0 },
    ])
    const { token, userId, baseUrl, cursor } = full
    const writtenMs = statSync(join(theirs, accounts, `${shop.id}.context-tokens.json`)).mtimeMs
    expect(await stored(shop.id)).toMatchObject({
      'credentials/login': { botId: 'b0f5860fdecb@im.bot', token, userId, baseUrl },
      'meta/cursor': cursor,
      'window/o9Owner@im.wechat': { token: 'context-1', atMs: Math.floor(writtenMs), exhausted: false },
    })
    expect(wechatConfigSchema.parse(result.config)).toMatchObject({
      puppet: 'ilink',
      accounts: { [shop.id]: {}, [support.id]: {} },
    })
  })

  it('are read where a group may write, and people who wrote too long ago do not count', async () => {
    writeTencentAccounts(theirs, [full])
    const tokens = join(theirs, accounts, `${shop.id}.context-tokens.json`)
    chmodSync(tokens, 0o664)
    const dayAgo = new Date(Date.now() - 25 * 60 * 60_000)
    utimesSync(tokens, dayAgo, dayAgo)
    const { accounts: found, gaps } = await imported()
    expect(gaps).toEqual([])
    expect(found[0]).toMatchObject({ status: 'taken', conversations: 0 })
    expect(await stored(shop.id)).toMatchObject({ 'window/o9Owner@im.wechat': { atMs: dayAgo.getTime() } })
  })

  it('leave nothing changed there, and nothing anywhere in a dry run', async () => {
    writeTencentAccounts(theirs, [full])
    writeApprovals(theirs, 'openclaw-weixin', [[shop.id, 'o9Bob@im.wechat']])
    const before = snapshot(theirs)
    const dry = await imported({ dryRun: true })
    expect(readdirSync(stateDir)).toEqual([])
    expect(dry).toEqual(await imported())
    expect(snapshot(theirs)).toEqual(before)
  })

  it('are private here, and are taken over once', async () => {
    writeTencentAccounts(theirs, [full])
    await imported()
    expect(statSync(storeFile(stateDir)).mode & 0o777).toBe(0o600)
    const before = await stored(shop.id)
    writeTencentAccounts(theirs, [{ ...full, cursor: 'cursor-2' }])
    expect(outcomes(await imported())).toEqual([[shop.id, 'present']])
    expect(outcomes(await imported({ dryRun: true }))).toEqual([[shop.id, 'present']])
    expect(await stored(shop.id)).toEqual(before)
  })

  it('do not replace a login that is here, nor share one', async () => {
    writeTencentAccounts(theirs, [shop])
    await imported()
    writeTencentAccounts(theirs, [
      { ...shop, token: 'b0f5860fdecb@im.bot:newer' },
      { ...support, token: shop.token },
      { id: 'd-1', token: 'd:1' },
      { id: 'd-2', token: 'd:1' },
    ])
    const { accounts: found, config } = await imported()
    expect(found.map(({ status }) => status)).toEqual(['refused', 'refused', 'taken', 'refused'])
    expect(found[0]?.reason).toContain(`moltbot channels logout --account ${shop.id}`)
    expect(found[1]?.reason).toContain(`account "${shop.id}" has this login`)
    expect(Object.keys(wechatConfigSchema.parse(config).accounts ?? {})).toEqual(['d-1'])
  })

  it('are those of the index, else those of the files, else the one of the earliest version', async () => {
    writeTencentAccounts(theirs, [shop])
    writeBelow(theirs, `${accounts}/removed-im-bot.json`, { token: 'removed@im.bot:x' })
    expect(outcomes(await imported({ dryRun: true }))).toEqual([[shop.id, 'taken']])
    rmSync(join(theirs, 'openclaw-weixin/accounts.json'))
    expect(outcomes(await imported({ dryRun: true }))).toHaveLength(2)
    rmSync(join(theirs, 'openclaw-weixin'), { recursive: true })
    writeBelow(theirs, 'credentials/openclaw-weixin/credentials.json', { token: shop.token })
    writeBelow(theirs, 'agents/default/sessions/.openclaw-weixin-sync/default.json', { get_updates_buf: 'c' })
    expect(outcomes(await imported())).toEqual([['default', 'taken']])
    expect(await stored('default')).toMatchObject({
      'credentials/login': { botId: 'b0f5860fdecb@im.bot' },
      'meta/cursor': 'c',
    })
  })

  it('are found under the names that early versions gave their files', async () => {
    writeTencentAccounts(theirs, [{ ...shop, id: 'b0f5860fdecb@im.bot', cursor: 'c' }])
    expect(outcomes(await imported())).toEqual([[shop.id, 'taken']])
    expect(await stored(shop.id)).toMatchObject({ 'meta/cursor': 'c' })
  })

  it('may be a thousand, and not more', async () => {
    const many = Array.from({ length: 1_001 }, (_, n) => ({ id: `bot-${n}`, token: `bot-${n}:secret` }))
    writeTencentAccounts(theirs, many)
    const { accounts: found } = await imported()
    expect(found.filter(({ status }) => status === 'taken')).toHaveLength(1_000)
    expect(found.at(-1)).toMatchObject({ accountId: 'bot-1000', status: 'refused' })
  })

  it('keep what their configuration says, as far as it has a counterpart', async () => {
    writeTencentAccounts(theirs, [shop, support])
    const section = {
      botAgent: 'Shop/1.0',
      routeTag: 7,
      name: 'all',
      channelConfigUpdatedAt: 'x',
      textChunkLimit: 4,
      accounts: { [support.id]: { name: 'Support', enabled: false, cdnBaseUrl: 'ftp://x' } },
    }
    const { config, gaps } = await imported({ config: { channels: { 'openclaw-weixin': section } } })
    expect(config).toEqual({
      puppet: 'ilink',
      accounts: {
        [shop.id]: { name: 'all', botAgent: 'Shop/1.0', puppetOptions: { routeTag: '7' } },
        [support.id]: { name: 'Support', enabled: false, botAgent: 'Shop/1.0' },
      },
    })
    expect(gaps.map(({ what }) => what)).toEqual([
      'channels.openclaw-weixin.textChunkLimit',
      `channels.openclaw-weixin.accounts.${support.id}.cdnBaseUrl`,
    ])
  })
})

describe('a file that cannot be trusted', () => {
  const account = `${accounts}/${shop.id}.json`
  const half = '{"token":"b0f5860fdecb@im.b'
  beforeEach(() => writeTencentAccounts(theirs, [shop, support]))

  const harms: [what: string, harm: () => unknown][] = [
    ['half-written', () => writeBelow(theirs, account, half)],
    ['empty', () => writeBelow(theirs, account, '')],
    ['of another shape', () => writeBelow(theirs, account, [1])],
    ['without a token', () => writeBelow(theirs, account, { userId: 'x' })],
    ['with a token that ends a header', () => writeBelow(theirs, account, { token: 'a\r\nHost: x' })],
    ['too large', () => writeBelow(theirs, account, { token: shop.token, more: 'x'.repeat(2 ** 20) })],
    ['a folder', () => [rmSync(join(theirs, account)), mkdirSync(join(theirs, account))]],
    ['writable for others', () => chmodSync(join(theirs, account), 0o666)],
    [
      'a link',
      () => {
        renameSync(join(theirs, account), join(theirs, 'elsewhere.json'))
        symlinkSync(join(theirs, 'elsewhere.json'), join(theirs, account))
      },
    ],
  ]
  it.each(harms)('is left out and named: %s', async (_, harm) => {
    harm()
    const { accounts: found, gaps } = await imported()
    expect(found.map(({ accountId }) => accountId)).toEqual([support.id])
    expect(gaps.map(({ what }) => what)).toContain(account)
    expect(JSON.stringify(gaps)).not.toContain('secret')
    expect(await stored(shop.id)).toEqual({})
  })

  it('costs only what is in it: cursor, context tokens, approvals', async () => {
    for (const name of ['sync', 'context-tokens'])
      writeBelow(theirs, `${accounts}/${shop.id}.${name}.json`, half)
    writeBelow(theirs, `credentials/openclaw-weixin-${shop.id}-allowFrom.json`, half)
    writeBelow(theirs, 'state/openclaw.sqlite', 'not a database')
    const { accounts: found, gaps } = await imported()
    expect(found[0]).toMatchObject({ accountId: shop.id, status: 'taken', approved: [], conversations: 0 })
    expect(gaps).toHaveLength(4)
  })

  it('is no reason to use ids that are none', async () => {
    const ids = ['../../etc/passwd', '__proto__', '', 'a/b', 7, `${'x'.repeat(65)}`, shop.id]
    writeBelow(theirs, 'openclaw-weixin/accounts.json', ids)
    writeBelow(theirs, `${accounts}/${shop.id}.context-tokens.json`, '{"__proto__":"a","o9\\nx":"b","ok":7}')
    const approvals = ['*', 'o9\u200bAnn', 'o9Ann@im.wechat#login-1', 'o9Ann@im.wechat', 3]
    writeBelow(theirs, `credentials/openclaw-weixin-${shop.id}-allowFrom.json`, { allowFrom: approvals })
    const { accounts: found, gaps } = await imported()
    expect(found).toEqual([
      expect.objectContaining({ accountId: shop.id, approved: ['o9Ann@im.wechat'], conversations: 0 }),
    ])
    expect(gaps.length).toBeGreaterThan(4)
  })
})

describe("the accounts of this channel's own plugin in OpenClaw", () => {
  const config = { channels: { wechat: { puppet: 'ilink', dmPolicy: 'open', allowFrom: ['*'] } } }
  const pluginFolder = () => join(theirs, 'moltbot/wechat')

  /** Has an account of the plugin with a login, as an import makes one. */
  async function logInPlugin(): Promise<void> {
    writeTencentAccounts(theirs, [])
    rmSync(join(theirs, 'openclaw-weixin'), { recursive: true })
    writeBelow(theirs, 'credentials/openclaw-weixin/credentials.json', { token: shop.token })
    await imported()
    rmSync(join(theirs, 'credentials'), { recursive: true })
    mkdirSync(join(theirs, 'moltbot'))
    cpSync(stateDir, pluginFolder(), { recursive: true })
    stateDir = temporaryFolder()
  }

  it('are taken over with what their puppets know, and with the approvals of OpenClaw', async () => {
    await logInPlugin()
    writeApprovals(theirs, 'wechaty', [['default', 'o9Bob@im.wechat']])
    const before = snapshot(theirs)
    const result = await imported({ of: 'openclaw', config })
    expect(result).toEqual({
      accounts: [{ accountId: 'default', status: 'taken', approved: ['o9Bob@im.wechat'], conversations: 0 }],
      gaps: [],
      config: config.channels.wechat,
    })
    expect(await stored('default')).toMatchObject({ 'credentials/login': { token: shop.token } })
    expect(snapshot(theirs)).toEqual(before)
    expect(outcomes(await imported({ of: 'openclaw', config }))).toEqual([['default', 'present']])
  })

  it('bring what is not answered there, and nothing that is', async () => {
    await logInPlugin()
    const db = new DatabaseSync(storeFile(pluginFolder()))
    const journal = db.prepare(
      `INSERT INTO journal (account_id, conversation_kind, conversation_id, message_id, state, received_ms, message)
        VALUES ('default', 'direct', 'o9Ann', ?, ?, 0, '{}')`,
    )
    const pending = db.prepare(
      `INSERT INTO puppet_state (account_id, kind, key, value, at_ms) VALUES ('default', 'pending', ?, ?, 0)`,
    )
    for (const state of ['answered', 'failed', 'dispatched']) {
      journal.run(state, state)
      pending.run(state, JSON.stringify({ id: state }))
    }
    pending.run('unknown', JSON.stringify({ id: 'unknown' }))
    db.close()
    await imported({ of: 'openclaw', config })
    const entries = Object.keys(await stored('default'))
    expect(entries.filter((name) => name.startsWith('pending/'))).toEqual([
      'pending/dispatched',
      'pending/unknown',
    ])
  })

  it("stand beside those of Tencent's plugin, which get none of their settings", async () => {
    await logInPlugin()
    writeTencentAccounts(theirs, [support])
    const { config: merged } = await imported({ of: 'openclaw', config })
    expect(merged).toMatchObject({
      dmPolicy: 'open',
      accounts: {
        default: {},
        [support.id]: { puppet: 'ilink', dmPolicy: 'pairing', allowFrom: [], puppetOptions: {} },
      },
    })
    expect(wechatConfigSchema.safeParse(merged).success).toBe(true)
  })

  it('are named where they have no login that can be taken over', async () => {
    const accounts = {
      web: { puppet: 'wechat4u' },
      hosted: { puppet: 'service', puppetOptions: { token: 't' } },
    }
    const { gaps } = await imported({ of: 'openclaw', config: { channels: { wechat: { accounts } } } })
    expect(gaps).toEqual([{ what: 'web', reason: expect.stringContaining('scan its code again') }])
  })

  it('are not taken over with a section that their plugin refuses', async () => {
    const wrong = { channels: { wechat: { dmPolicy: 'everybody' } } }
    await expect(imported({ of: 'openclaw', config: wrong })).rejects.toMatchObject({
      code: 'import-invalid',
    })
  })
})

it('is refused while the channel runs, and in a dry run is not', async () => {
  writeTencentAccounts(theirs, [shop])
  const channel = await createChannel(testHost(stateDir), wechatConfigSchema.parse({ puppet: 'mock' }))
  await expect(imported()).rejects.toMatchObject({ code: 'locked' })
  expect(outcomes(await imported({ dryRun: true }))).toEqual([[shop.id, 'taken']])
  await channel.stop({ deadlineMs: 1_000 })
  expect(outcomes(await imported())).toEqual([[shop.id, 'taken']])
})

it('finds nothing in a folder that does not exist', async () => {
  theirs = join(theirs, 'none')
  expect(await imported()).toEqual({ accounts: [], gaps: [], config: undefined })
})
