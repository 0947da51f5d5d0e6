/**
 * Rows of every table, with the values that are hardest to keep, moved into PostgreSQL and back.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { FileLock } from '@moltbot/channel-sdk/lock'
import type { StoredRow, StoredTable } from '@moltbot/channel-sdk/sql'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadInstalledPlugins } from '../packages/gateway/src/extensions/discover.ts'
import { type MoveOrder, type MoveReport, moveState } from '../packages/gateway/src/moving/move.ts'
import { type MovedStore, movedStores } from '../packages/gateway/src/moving/side.ts'
import { reopenFolder, undoMove } from '../packages/gateway/src/moving/undo.ts'
import { PostgresDatabase } from '../packages/gateway/src/postgres/database.ts'
import { takeGatewayLock } from '../packages/gateway/src/state/lock.ts'
import { folderMark, markFolder } from '../packages/gateway/src/state/state-mark.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from './support/postgres.ts'

const plugins = await loadInstalledPlugins()
const stores = movedStores(plugins)
const noise = ['plain', 'a\0b', '\u001a', '\u001a0\0', "it's", '你好 😀', '\\x00', '', 'Z', 'a']
const rowsOfTable = 23
/** More than one part in PostgreSQL. */
const bigFile = Buffer.alloc(2_500_000, 'moltbot ')

let folder: string
let database: { url: string }
let open: DatabaseSync[] = []

describe.skipIf(withoutPostgres)(`the rows of a state${postgresNote}`, { timeout: 240_000 }, () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'moltbot-rows-'))
    database = { url: await emptyDatabase() }
    await fill()
  })
  afterEach(() => {
    for (const db of open) db.close()
    open = []
    rmSync(folder, { recursive: true, force: true })
  })

  it('are the same in PostgreSQL and when they are back, in this folder or in another one', async () => {
    const before = dump('state')
    const there = await move('postgres')
    expect(there?.tables.every(({ rows }) => rows === rowsOfTable)).toBe(true)
    expect(there?.tables).toHaveLength(Object.keys(before).length)
    expect(hashesIn(await move('sqlite'))).toEqual(hashesIn(there))
    expect(dump('state')).toEqual(before)
    expect(hashesIn(await move('postgres'))).toEqual(hashesIn(there))
    await move('sqlite', 'elsewhere')
    expect(dump('elsewhere')).toEqual(before)
  })

  it('that are new get numbers after the last one', async () => {
    await move('postgres')
    const db = new PostgresDatabase(database)
    const [row] = await db.query(
      `INSERT INTO moltbot_wechat.webhook_event (account_id, webhook, event_id, type, body, created_ms)
        VALUES ('a', 'b', 'c', 'd', 'e', 1) RETURNING id`,
    )
    expect(row?.id).toBe(rowsOfTable + 1)
    await db.close()
  })

  it('follow what has changed and what is gone since they were copied ahead', async () => {
    const lock = takeGatewayLock(join(folder, 'state'))
    await expect(move('postgres')).rejects.toMatchObject({ code: 'gateway-running' })
    lock.release()
    const wechat = inFolder('state', 'wechat/wechat.sqlite')
    wechat.exec(`
      DELETE FROM journal WHERE seq % 3 = 0;
      UPDATE outbox SET state = 'sent' WHERE id = 1;
      UPDATE puppet_state SET value = 'new' WHERE at_ms > 20;
      UPDATE journal SET message = '' WHERE seq = 1`)
    // A message under the unique key of one that is gone.
    wechat.exec(`
      INSERT INTO journal (account_id, conversation_kind, conversation_id, message_id, state, received_ms, message)
        SELECT account_id, conversation_kind, conversation_id, message_id || 'x', state, 1, '' FROM journal WHERE seq = 2;
      DELETE FROM journal WHERE seq = 2;
      UPDATE journal SET message_id = rtrim(message_id, 'x') WHERE message_id LIKE '%x'`)
    const before = dump('state')
    await move('postgres')
    await move('sqlite', 'elsewhere')
    expect(dump('elsewhere')).toEqual(before)
  })

  it.each(['postgres', 'sqlite'] as const)(
    'go on to %s after every place where it can be cut off',
    async (to) => {
      const before = dump('state')
      if (to === 'sqlite') await move('postgres')
      const target = to === 'sqlite' ? 'elsewhere' : 'state'
      for (let steps = 0; ; steps++) {
        let left = steps
        const onStep = () => {
          if (left-- === 0) throw new Error('cut off')
        }
        const ended = await move(to, target, { onStep }).catch((error: Error) => error.message)
        if (ended !== 'cut off') break
        expect(to === 'postgres' ? folderMark(join(folder, 'state'))?.phase : await phaseThere()).toBe('open')
      }
      if (to === 'postgres') await move('sqlite', 'elsewhere')
      expect(dump('elsewhere')).toEqual(before)
    },
  )

  it('are ready once both marks are set, also if it ends between them', async () => {
    await move('postgres')
    const db = new PostgresDatabase(database)
    const unset = () => db.query(`UPDATE moltbot.state_mark SET mark = replace(mark, '"open"', '"filling"')`)
    await unset()
    expect(await move('postgres')).toMatchObject({ from: join(folder, 'state') })
    expect(await phaseThere()).toBe('open')
    await move('sqlite', 'elsewhere')
    const elsewhere = join(folder, 'elsewhere')
    const mark = folderMark(elsewhere)
    if (mark !== undefined) await markFolder(elsewhere, { ...mark, phase: 'filling' })
    await move('sqlite', 'elsewhere')
    expect(folderMark(elsewhere)?.phase).toBe('open')
    await db.close()
  })

  it('go to one place only, when two moves copy them ahead', async () => {
    const elsewhere = { url: await emptyDatabase() }
    let lock: FileLock | undefined = takeGatewayLock(join(folder, 'state'))
    let second: Promise<unknown> | undefined
    const onStep = () => {
      lock?.release()
      lock = undefined
      second ??= move('postgres', 'state', { database: elsewhere })
    }
    const first = move('postgres', 'state', { onStep }).catch((error: Error) => error)
    const ends = [await first, await second?.catch((error: Error) => error)]
    expect(ends).toContainEqual(expect.objectContaining({ tables: expect.any(Array) }))
    expect(ends).toContainEqual(expect.any(MoltbotError))
  })

  it('go onto no other state, and into no database of another program', async () => {
    await move('postgres')
    await move('sqlite', 'elsewhere')
    await fill('other')
    const refused = { code: 'state-not-empty' }
    await expect(move('postgres', 'other')).rejects.toMatchObject(refused)
    await move('postgres', 'elsewhere')
    await expect(move('sqlite', 'other')).rejects.toMatchObject(refused)
    await expect(move('postgres', 'other')).rejects.toMatchObject(refused)

    database = { url: await emptyDatabase() }
    const db = new PostgresDatabase(database)
    await db.query('CREATE TABLE orders (n int)')
    await expect(move('postgres', 'other')).rejects.toThrow('another program (public.orders)')
    expect(await db.query(`SELECT nspname FROM pg_namespace WHERE nspname ~ '^(moltbot|cluster)'`)).toEqual(
      [],
    )
    await db.close()
  })

  it('that differ after the copy leave the state where it is', async () => {
    const db = new PostgresDatabase(database)
    const onStep = async ({ step }: { step: string }) => {
      if (step === 'compare') await db.query(`UPDATE moltbot.push SET reason = 'other' WHERE chunks = 3`)
    }
    const waiting: Promise<void>[] = []
    const moving = move('postgres', 'state', { onStep: (step) => void waiting.push(onStep(step)) })
    await expect(moving).rejects.toMatchObject({
      code: 'state-differs',
      message: expect.stringContaining('moltbot.push'),
    })
    await Promise.all(waiting)
    expect(folderMark(join(folder, 'state'))?.phase).toBe('open')
    await db.close()
  })

  it('may be used again at their first place when the move is undone, also without the second', async () => {
    const places = { stateDir: join(folder, 'state'), database, leaseMs: 6_000 }
    await expect(undoMove(places)).rejects.toMatchObject({ code: 'state-not-moved' })
    await move('postgres')
    expect(await undoMove(places)).toBe(places.stateDir)
    expect(await phaseThere()).toBe('filling')
    await move('postgres')
    await move('sqlite')
    expect(await undoMove(places)).toContain('PostgreSQL')
    expect([folderMark(places.stateDir)?.phase, await phaseThere()]).toEqual(['filling', 'open'])
    await move('sqlite')
    await move('postgres')
    const nowhere = { ...places, database: { url: 'postgres://127.0.0.1:1/nothing' } }
    await expect(undoMove(nowhere)).rejects.toMatchObject({ code: 'database-unreachable' })
    expect(await reopenFolder(nowhere.stateDir)).toBe(places.stateDir)
    expect(folderMark(places.stateDir)?.phase).toBe('open')
  })
})

function move(to: 'postgres' | 'sqlite', name = 'state', more: Partial<MoveOrder> = {}) {
  const stateDir = join(folder, name)
  return moveState({ to, stateDir, database, leaseMs: 6_000, plugins, onStep: () => undefined, ...more })
}

/** But of leases, whose numbers grow when they are taken away from gateways that may stand still. */
const hashesIn = (report: MoveReport | undefined) =>
  report?.tables.filter(({ table }) => table !== 'moltbot_wechat.lease')

async function phaseThere(): Promise<string> {
  const db = new PostgresDatabase(database)
  const [row] = await db.query('SELECT mark FROM moltbot.state_mark')
  await db.close()
  return JSON.parse(String(row?.mark)).phase
}

async function fill(name = 'state'): Promise<void> {
  const state = join(folder, name)
  for (const store of stores) {
    const { db } = openDatabase(join(state, store.folder, store.state.file), store.state.migrations)
    await db.write('durable', (writer) => {
      for (const table of store.state.tables)
        for (let number = 1; number <= rowsOfTable; number++) {
          const row = rowOf(table, number)
          const names = Object.keys(row).map((name) => (name === table.rowid ? 'rowid' : `"${name}"`))
          const marks = names.map(() => '?').join(', ')
          writer.run(
            `INSERT INTO "${table.name}" (${names.join(', ')}) VALUES (${marks})`,
            ...Object.values(row),
          )
        }
    })
    await db.close()
  }
  write(join(state, 'files', 'kept-1'), 'a picture')
  write(join(state, 'files', 'kept-2'), '')
  write(join(state, 'wechat', 'outgoing', textOf('account_id', 1) || 'none', 'blob-1'), bigFile)
}

function write(file: string, content: string | Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, content)
}

const textOf = (column: string, number: number) =>
  column === 'account_id' && number === 1 ? 'alpha' : `${noise[number % noise.length]}${number}`

function rowOf(
  { name, columns, key, content }: StoredTable,
  number: number,
): Record<string, string | number> {
  const row: Record<string, string | number> = {}
  for (const [column, kind] of Object.entries(columns))
    row[column] = kind === 'integer' ? number : textOf(column, number)
  // Beyond what a JavaScript number holds, where no key is.
  const big = Object.keys(columns).find((column) => column.endsWith('_ms') && !key.includes(column))
  if (big !== undefined && number === 9) row[big] = '9007199254740993'
  if (content?.in === 'column') row[content.nameColumn] = number <= 3 ? `kept-${number}` : ''
  if (name === 'journal') row.message = number % 2 ? JSON.stringify({ timestampMs: number + 0.5 }) : 'damaged'
  if (name === 'outbox') {
    row.state = number < 4 ? 'queued' : 'sent'
    row.file = JSON.stringify({ blob: `blob-${number}`, name: 'plan.txt' })
  }
  return row
}

/** All rows, with the content of their files in place of names. */
function dump(name: string): Record<string, StoredRow[]> {
  return Object.fromEntries(
    stores.flatMap((store) =>
      store.state.tables.map((table) => [`${store.folder}/${table.name}`, rowsIn(name, store, table)]),
    ),
  )
}

function rowsIn(name: string, { folder: below, state }: MovedStore, table: StoredTable): StoredRow[] {
  const db = inFolder(name, join(below, state.file))
  const kept = Object.keys(table.columns).filter((column) => table.name !== 'lease' || column !== 'fence')
  const columns = kept.map((column) =>
    column === table.rowid
      ? `CAST(rowid AS TEXT) AS "${column}"`
      : `CAST("${column}" AS TEXT) AS "${column}"`,
  )
  if (table.content?.in === 'column') columns.push(`"${table.content.nameColumn}" AS name_of_file`)
  return db
    .prepare(
      `SELECT ${columns.join(', ')} FROM "${table.name}" ORDER BY ${table.key.map((one) => `"${one}"`)}`,
    )
    .all()
    .map(({ name_of_file: file = '', ...row }) => {
      const { content } = table
      const values = Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, value === null ? null : String(value)]),
      )
      const path =
        content?.in === 'column' ? file && join(content.folder, String(file)) : content?.of(values)?.path
      return { ...values, content: path ? contentAt(join(folder, name, below, path)) : null }
    })
}

function contentAt(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

function inFolder(name: string, file: string): DatabaseSync {
  const db = new DatabaseSync(join(folder, name, file))
  open.push(db)
  return db
}
