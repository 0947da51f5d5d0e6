import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import { importState } from './import-state.ts'
import { MemoryState } from './memory-state.ts'
import { openOwnState } from './own-file.ts'
import type { StateStore } from './state-store.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`../../test/fixtures/${name}`, import.meta.url), 'utf8')

const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'puppet-ilink-own-file-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'state')
}

/** A folder as version 1 left it. @param change SQL that runs on its database */
const version1 = (change = '') => {
  const stateDir = newFolder()
  mkdirSync(stateDir)
  const database = new DatabaseSync(join(stateDir, 'ilink.sqlite'))
  database.exec(fixture('state-v1.sql') + change)
  database.close()
  writeFileSync(join(stateDir, 'credentials.json'), fixture('credentials-v1.json'))
  return stateDir
}

const open = (stateDir: string) => {
  const opened = openOwnState(stateDir, 123)
  onTestFinished(() => opened.store.close())
  return opened
}

const allOf = async (store: StateStore, kind: string) =>
  Object.fromEntries((await store.list(kind, { limit: 1_000 })).map(({ key, value }) => [key, value]))

const everything = async (store: StateStore) => {
  const kinds = ['credentials', 'meta', 'pending', 'message', 'seen', 'window', 'damaged']
  return Object.fromEntries(
    await Promise.all(kinds.map(async (kind) => [kind, await store.list(kind, { limit: 1_000 })])),
  )
}

const code = (name: string) => expect.objectContaining({ code: name })

describe('the state file', () => {
  it('has one owner at a time', async () => {
    const stateDir = newFolder()
    const { store } = open(stateDir)
    expect(() => openOwnState(stateDir, 0)).toThrow(code('state-in-use'))
    await store.close()
    expect(open(stateDir).problems).toEqual([])
  })

  it('is private', () => {
    const stateDir = newFolder()
    open(stateDir)
    for (const name of readdirSync(stateDir)) {
      expect([name, statSync(join(stateDir, name)).mode & 0o777]).toEqual([name, 0o600])
    }
    expect(statSync(stateDir).mode & 0o777).toBe(0o700)
  })

  it('that is no database is moved aside, and a new one is begun', async () => {
    const stateDir = newFolder()
    await open(stateDir).store.close()
    const path = join(stateDir, 'ilink.sqlite')
    writeFileSync(path, 'garbage '.repeat(1_000))
    const { problems, store } = open(stateDir)
    expect(problems).toMatchObject([{ code: 'state-corrupt', retryable: false }])
    expect(readFileSync(`${path}.corrupt-123`, 'utf8')).toMatch(/^garbage/)
    expect(await store.list('message', { limit: 1 })).toEqual([])
  })

  it('with damaged pages is moved aside when it is opened after the damage was met', async () => {
    const stateDir = newFolder()
    const first = open(stateDir)
    const entry = (n: number) => ({ kind: 'message', key: `${n}`, value: 'x'.repeat(500), atMs: n })
    await first.store.write(
      Array.from({ length: 500 }, (_, n) => entry(n)),
      'durable',
    )
    await first.store.close()
    const path = join(stateDir, 'ilink.sqlite')
    const bytes = readFileSync(path)
    bytes.fill(0xff, 8 * 4_096, 40 * 4_096)
    writeFileSync(path, bytes)
    const damaged = open(stateDir)
    await expect(damaged.store.list('message', { limit: 1_000 })).rejects.toThrow(/malformed/)
    await damaged.store.close()
    expect(open(stateDir).problems).toMatchObject([{ code: 'state-corrupt' }])
  })

  it('of a later version is left alone', () => {
    const stateDir = version1('PRAGMA user_version = 99;')
    expect(() => openOwnState(stateDir, 0)).toThrow(code('state-newer'))
    expect(readdirSync(stateDir).sort()).toEqual(['credentials.json', 'ilink.sqlite'])
  })
})

describe('a folder of version 1', () => {
  it('is taken over: credentials, cursor, messages, ids and windows', async () => {
    const stateDir = version1()
    const { store, problems } = open(stateDir)
    expect(problems).toEqual([])
    const { credentials = '' } = { credentials: (await allOf(store, 'credentials')).login }
    expect(JSON.parse(credentials)).toEqual(JSON.parse(fixture('credentials-v1.json')))
    expect(await allOf(store, 'meta')).toEqual({
      bot: '"8fc8d202dc90@im.bot"',
      cursor: '"OGZjOGQyMDJkYzkwQGltLmJvdCA0IDA="',
    })
    expect(Object.keys(await allOf(store, 'pending'))).toEqual([
      '0000000000000002',
      '0000000000000003',
      '0000000000000006',
    ])
    const messages = await store.list('message', { limit: 100 })
    expect(messages.length).toBe(6)
    expect(JSON.parse(messages[1]?.value ?? '').wire.item_list[0].text_item.text).toBe(
      '你好, not acknowledged 🐼',
    )
    expect(messages[0]?.atMs).toBe(1795829039183)
    expect((await store.list('seen', { limit: 100 })).map(({ atMs }) => atMs)).toContain(1795829039195)
    const windows = await allOf(store, 'window')
    expect(JSON.parse(windows['o9cq80Fixture@im.wechat'] ?? '')).toEqual({
      userId: 'o9cq80Fixture@im.wechat',
      token: expect.stringMatching(/^AARzJWDaUA0F/),
      atMs: 1795829039234,
      exhausted: false,
      counted: ['fixture:1', 'fixture:2'],
    })
    expect(JSON.parse(windows['o9cq80Other@im.wechat'] ?? '')).toMatchObject({ counted: [] })
    expect(existsSync(join(stateDir, 'credentials.json'))).toBe(false)
  })

  it('is the same when it is opened again', async () => {
    const stateDir = version1()
    const first = open(stateDir)
    const before = await everything(first.store)
    await first.store.close()
    expect(await everything(open(stateDir).store)).toEqual(before)
  })

  it('with credentials that were taken over before a crash keeps the newer ones', async () => {
    const stateDir = version1()
    const first = open(stateDir)
    const newer = JSON.stringify({ botId: 'new@im.bot', userId: 'u', token: 'new', savedAt: '' })
    await first.store.write([{ kind: 'credentials', key: 'login', value: newer, atMs: 1 }], 'durable')
    await first.store.close()
    writeFileSync(join(stateDir, 'credentials.json'), fixture('credentials-v1.json'))
    expect((await allOf(open(stateDir).store, 'credentials')).login).toBe(newer)
    expect(existsSync(join(stateDir, 'credentials.json'))).toBe(false)
  })

  it('with credentials that are no JSON sets them aside', async () => {
    const stateDir = version1()
    const path = join(stateDir, 'credentials.json')
    writeFileSync(path, '{"botId": ')
    const { store, problems } = open(stateDir)
    expect(problems).toMatchObject([{ code: 'state-corrupt', message: expect.stringContaining(path) }])
    expect(await allOf(store, 'credentials')).toEqual({})
    expect(readFileSync(`${path}.corrupt-123`, 'utf8')).toBe('{"botId": ')
    expect(Object.keys(await allOf(store, 'pending')).length).toBe(3)
  })

  it('with rows that do not parse is taken over all the same', async () => {
    const stateDir = version1(`
      UPDATE messages SET raw = 'not JSON' WHERE position = 2;
      UPDATE messages SET raw = '{"atMs": "x"}' WHERE position = 3;
      INSERT INTO contexts VALUES (char(0) || 'nul', 'token', 5, 1);
    `)
    const { store, problems } = open(stateDir)
    expect(problems).toEqual([])
    expect(await allOf(store, 'pending')).toMatchObject({ '0000000000000002': 'not JSON' })
    const windows = await allOf(store, 'window')
    const hashed = Object.keys(windows).find((key) => key.startsWith('sha256:')) ?? ''
    expect(JSON.parse(windows[hashed] ?? '')).toMatchObject({ userId: '\0nul', exhausted: true })
  })
})

describe('importState', () => {
  it('leaves a folder without state alone', async () => {
    const stateDir = newFolder()
    expect(await importState(stateDir, new MemoryState())).toEqual({ entries: 0, problems: [] })
    expect(existsSync(stateDir)).toBe(false)
  })

  it.each(['version 1', 'the present version'])(
    'copies a folder of %s and renames its file',
    async (version) => {
      const stateDir = version1()
      if (version !== 'version 1') await open(stateDir).store.close()
      const copy = newFolder()
      cpSync(stateDir, copy, { recursive: true })
      const into = new MemoryState()
      expect(await importState(stateDir, into)).toEqual({ entries: 1 + 2 + 3 + 6 + 6 + 2, problems: [] })
      const { credentials: _, ...expected } = await everything(open(copy).store)
      expect(await everything(into)).toMatchObject(expected)
      expect(JSON.parse((await allOf(into, 'credentials')).login ?? '')).toMatchObject({
        userId: 'o9cq80Fixture@im.wechat',
      })
      expect(readdirSync(stateDir)).toEqual(['ilink.sqlite.imported'])
      expect(statSync(join(stateDir, 'ilink.sqlite.imported')).mode & 0o777).toBe(0o600)
      expect((await importState(stateDir, into)).entries).toBe(0)
    },
  )

  it('loses nothing when the other store fails at any write, and copies everything the next time', async () => {
    for (let failsAt = 0; failsAt < 6; failsAt += 1) {
      const stateDir = version1()
      const into = new MemoryState()
      let writes = 0
      const failing: StateStore = Object.assign(Object.create(into), {
        get: into.get.bind(into),
        write: async (changes: Parameters<StateStore['write']>[0]) => {
          writes += 1
          if (writes > failsAt) throw new Error('disk full')
          await into.write(changes)
        },
      })
      await expect(importState(stateDir, failing)).rejects.toThrow('disk full')
      expect(existsSync(join(stateDir, 'ilink.sqlite'))).toBe(true)
      expect((await importState(stateDir, into)).entries).toBe(20)
    }
  })

  it('copies the same again after a crash before the file was renamed', async () => {
    const stateDir = version1()
    const copy = newFolder()
    cpSync(stateDir, copy, { recursive: true })
    const into = new MemoryState()
    await importState(stateDir, into)
    const { credentials: _, ...before } = await everything(into)
    await importState(copy, into)
    expect(await everything(into)).toMatchObject(before)
  })

  it('refuses a folder that is in use', async () => {
    const stateDir = version1()
    open(stateDir)
    await expect(importState(stateDir, new MemoryState())).rejects.toThrow(code('state-in-use'))
  })

  // The SQLite of Node 22 reads a text only up to a NUL; JSON, which is what the puppet writes, has none.
  const readsNul = Number.parseInt(process.versions.node, 10) >= 24
  it.runIf(readsNul)('puts text that another database may refuse among the damaged entries', async () => {
    const stateDir = version1(`UPDATE messages SET raw = char(0) || 'x' WHERE position = 2;`)
    const into = new MemoryState()
    await importState(stateDir, into)
    const damaged = await allOf(into, 'damaged')
    expect(JSON.parse(damaged['pending/0000000000000002'] ?? '')).toMatchObject({ value: '\0x' })
    expect(Object.keys(await allOf(into, 'pending')).length).toBe(2)
  })
})
