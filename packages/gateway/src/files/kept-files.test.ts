import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DiskBudget } from '@moltbot/channel-sdk'
import { type Database, openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loggerTo } from '../../test/agent-stage.ts'
import { scratch } from '../../test/scratch.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import type { FileContent } from './file-content.ts'
import { type KeptFiles, type KeptFilesLimits, maxFilesPerSession, openKeptFiles } from './kept-files.ts'

let folder: string
let dbFile: string
let db: Database
let kept: KeptFiles
let logged: string[]
let nowMs: number
let limits: KeptFilesLimits

function open(disk = new DiskBudget()): void {
  db = openDatabase(dbFile, gatewayMigrations).db
  const log = loggerTo(logged)
  const options = { db, folder, disk, unreadable: new UnreadableRows(log), log, now: () => nowMs }
  kept = openKeptFiles({ ...options, limits: () => limits })
}

async function close(): Promise<void> {
  kept.close()
  await db.close()
}

beforeEach(() => {
  const root = scratch()
  folder = join(root, 'files')
  dbFile = join(root, 'gateway.sqlite')
  logged = []
  nowMs = 1_000_000_000_000
  limits = { turns: 5, bytes: 1_000_000, days: 7 }
  open()
})
afterEach(close)

const place = (turnId: string, sessionKey = 's') => ({ sessionKey, turnId })
const text = (words: string): FileContent => ({ kind: 'text', text: words, cut: false })
const image = (size: number): FileContent => ({
  kind: 'image',
  bytes: new Uint8Array(size),
  mediaType: 'image/png',
})
const file = (name: string, content: FileContent) => ({
  facts: { kind: 'file', name, mimeType: 'text/plain', sizeBytes: 3 } as const,
  content,
})
const keep = (turnId: string, ...files: ReturnType<typeof file>[]) =>
  kept.keep(place(turnId), files, () => false)
const namesAt = async (turnId: string, sessionKey = 's') =>
  (await kept.earlier(place(turnId, sessionKey), true)).map(({ name }) => name)

it('a session that is forgotten is flushed before the person is told so', async () => {
  await keep('t1', file('a.txt', text('a')))
  const { log } = db.flushes
  await kept.forget('s')
  expect(db.flushes.log).toBeGreaterThan(log)
})

describe('the files of a turn', () => {
  it('are there in later turns of their session, as the model was shown them', async () => {
    await keep('1', file('a', text('words')), file('b', image(9)), file('c', { kind: 'named', why: 'no' }))
    const files = await kept.earlier(place('2'), true)
    expect(files).toMatchObject([
      { kind: 'file', name: 'a', mimeType: 'text/plain', sizeBytes: 3, atMs: nowMs, shownAs: 'text' },
      { name: 'b', shownAs: 'image' },
      { name: 'c', shownAs: 'named' },
    ])
    const contents = await Promise.all(files.map((one) => one.read()))
    expect(contents).toMatchObject([
      text('words'),
      { kind: 'image', mediaType: 'image/png' },
      { kind: 'named', why: 'no' },
    ])
    expect(await namesAt('2', 'another session')).toEqual([])
  })

  it('are not there for the turn itself, and are replaced when it runs again', async () => {
    await keep('1', file('a', text('one')))
    expect(await namesAt('1')).toEqual([])
    await keep('1', file('b', text('two')))
    expect(await namesAt('2')).toEqual(['b'])
    expect(readdirSync(folder)).toHaveLength(1)
  })

  it('are gone after so many turns; a turn that runs again counts once', async () => {
    limits = { ...limits, turns: 2 }
    await keep('1', file('a', text('one')))
    expect(await namesAt('2')).toEqual(['a'])
    expect(await kept.earlier(place('2'), false)).toHaveLength(1)
    expect(await namesAt('3')).toEqual(['a'])
    expect(await namesAt('4')).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it('are gone after so many days', async () => {
    await keep('1', file('a', text('one')))
    nowMs += 7 * 86_400_000 + 1
    expect(await namesAt('2')).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([{ turns: 0 }, { days: 0 }])('are not stored under %o', async (less) => {
    limits = { ...limits, ...less }
    await keep('1', file('a', text('one')))
    expect(readdirSync(folder)).toEqual([])
  })

  it('give way to newer ones beyond the budget of their session', async () => {
    limits = { ...limits, bytes: 1_000 }
    await keep('1', file('a', image(600)))
    await kept.keep(place('x', 'another session'), [file('other', image(900))], () => false)
    await keep('2', file('b', image(300)), file('c', image(300)))
    expect(await namesAt('3')).toEqual(['b', 'c'])
    expect(await namesAt('3', 'another session')).toEqual(['other'])
    await keep('3', file('too large', image(1_001)))
    expect(await namesAt('4')).toEqual(['b', 'c', 'too large'])
    expect(readdirSync(folder)).toHaveLength(3)
  })

  it('are so many at most', async () => {
    const many = Array.from({ length: maxFilesPerSession + 5 }, (_, n) => file(`f${n}`, text('x')))
    await keep('1', ...many)
    await keep('2', file('last', text('x')))
    const names = await namesAt('3')
    expect([names.length, names[0], names.at(-1)]).toEqual([maxFilesPerSession, 'f6', 'last'])
    expect(readdirSync(folder)).toHaveLength(maxFilesPerSession)
  })

  it('are forgotten with their session, those of a running turn too', async () => {
    await keep('1', file('a', text('one')))
    await kept.forget('s')
    await kept.keep(place('2'), [file('b', text('two'))], () => true)
    expect(await namesAt('3')).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('room that is shared with all other files', () => {
  const disk = () => new DiskBudget(() => 1_000)

  it('is made by deleting the oldest, of whatever conversation', async () => {
    await close()
    const budget = disk()
    open(budget)
    await kept.keep(place('1', 'a'), [file('one', image(400))], () => false)
    nowMs++
    await kept.keep(place('2', 'b'), [file('two', image(400))], () => false)
    expect(budget.spare).toBe(800)
    await budget.share().grow(300)
    expect(budget).toMatchObject({ held: 300, spare: 400, removed: 1 })
    expect([await namesAt('3', 'a'), await namesAt('3', 'b')]).toEqual([[], ['two']])
    expect(readdirSync(folder)).toHaveLength(1)
    await close()
    open(budget) // A restart in process counts what is there.
    await budget.trim()
    expect(budget.spare).toBe(400)
  })

  it('is not taken from files in use: what was shown is named then', async () => {
    await close()
    const budget = disk()
    open(budget)
    await budget.share().grow(800)
    await keep('1', file('large', image(300)), file('small', image(100)))
    const files = await kept.earlier(place('2'), true)
    expect(await Promise.all(files.map((one) => one.read()))).toMatchObject([
      { kind: 'named', why: 'there is no room to store it' },
      { kind: 'image' },
    ])
    expect(budget).toMatchObject({ held: 800, spare: 100 })
  })
})

describe('on the disk', () => {
  it('only the owner can read them', async () => {
    await keep('1', file('a', text('one')))
    const [name = ''] = readdirSync(folder)
    expect([folder, join(folder, name)].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600])
  })

  it('they survive a restart, which removes what has no row', async () => {
    await keep('1', file('a', text('one')))
    await close()
    writeFileSync(join(folder, 'left-by-a-crash'), 'x')
    open()
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1))
    const [first] = await kept.earlier(place('2'), true)
    expect(await first?.read()).toEqual(text('one'))
  })

  it('a file that is missing is named only', async () => {
    await keep('1', file('a', text('one')))
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
    const [first] = await kept.earlier(place('2'), true)
    expect(await first?.read()).toEqual({ kind: 'named', why: 'it is no longer stored' })
  })

  it('a row that cannot be read is left out, and the others are there', async () => {
    await keep('1', file('a', text('one')), file('b', text('two')))
    const other = new DatabaseSync(dbFile)
    other.exec(`UPDATE kept_file SET content = '{' WHERE name = 'a'`)
    other.close()
    expect(await namesAt('2')).toEqual(['b'])
  })

  it('a disk that takes nothing costs the files, not the turn', async () => {
    rmSync(folder, { recursive: true })
    await keep('1', file('a', text('one')))
    expect(await namesAt('2')).toEqual([])
    expect(logged.join()).toContain('files.not-kept')
  })
})
