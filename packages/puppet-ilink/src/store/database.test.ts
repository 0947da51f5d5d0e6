import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openDatabase } from './database.ts'

const newPath = () => {
  const folder = mkdtempSync(join(tmpdir(), 'puppet-ilink-database-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'state', 'ilink.sqlite')
}

const open = (path: string) => {
  const opened = openDatabase(path, 123)
  onTestFinished(() => {
    if (opened.database.isOpen) opened.database.close()
  })
  return opened
}

it('a database has one owner at a time', () => {
  const path = newPath()
  const { database } = open(path)
  expect(() => openDatabase(path, 0)).toThrow(
    expect.objectContaining({ code: 'state-in-use', retryable: true }),
  )
  database.close()
  expect(open(path).problem).toBeUndefined()
})

it('its files are private, and nothing is written before it counts', () => {
  const path = newPath()
  const { database } = open(path)
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
  expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
})

it('a file that is no database is kept under another name', () => {
  const path = newPath()
  open(path).database.close()
  writeFileSync(path, 'garbage '.repeat(1_000))
  const { problem, database } = open(path)
  expect(problem).toMatchObject({ code: 'state-corrupt', retryable: false })
  expect(readFileSync(`${path}.corrupt-123`, 'utf8')).toMatch(/^garbage/)
  expect(database.prepare('SELECT count(*) AS n FROM messages').get()).toEqual({ n: 0 })
})

it('a database with a damaged page is kept under another name', () => {
  const path = newPath()
  const { database } = open(path)
  const insert = database.prepare('INSERT INTO messages (id, pending, raw) VALUES (?, 1, ?)')
  for (let id = 0; id < 500; id += 1) insert.run(String(id), 'x'.repeat(500))
  database.close()
  const bytes = readFileSync(path)
  bytes.fill(0xff, 8 * 4_096, 40 * 4_096)
  writeFileSync(path, bytes)
  expect(open(path).problem).toMatchObject({ code: 'state-corrupt' })
})

it('a database of a later version is left alone', () => {
  const path = newPath()
  const { database } = open(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  expect(() => openDatabase(path, 0)).toThrow(expect.objectContaining({ code: 'state-newer' }))
})
