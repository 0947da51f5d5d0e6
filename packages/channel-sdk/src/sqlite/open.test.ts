import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkDatabase, openDatabase } from './open.ts'

const file = () => join(mkdtempSync(join(tmpdir(), 'moltbot-sqlite-')), 'private', 'a.sqlite')
const migrations = ['CREATE TABLE t (v TEXT NOT NULL)', 'ALTER TABLE t ADD COLUMN w TEXT']

describe('openDatabase', () => {
  it('makes a private file in a private folder', async () => {
    const path = file()
    await openDatabase(path, migrations).db.close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  })

  it('runs only the migrations that a file has not seen', async () => {
    const path = file()
    const old = openDatabase(path, migrations.slice(0, 1)).db
    await old.write('durable', (writer) => writer.run(`INSERT INTO t VALUES ('kept')`))
    await old.close()
    const { db } = openDatabase(path, migrations)
    expect(db.get('SELECT v, w FROM t')).toEqual({ v: 'kept', w: null })
    await db.close()
  })

  it('keeps what the file was before a migration, privately, until a start a week later', async () => {
    const path = file()
    const old = openDatabase(path, migrations.slice(0, 1)).db
    await old.write('durable', (writer) => writer.run(`INSERT INTO t VALUES ('kept')`))
    await old.close()
    await openDatabase(path, migrations).db.close()
    const copy = `${path}.before-schema-2`
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    const before = openDatabase(copy, migrations.slice(0, 1)).db
    expect(before.get('SELECT * FROM t')).toEqual({ v: 'kept' })
    await before.close()
    const dayMs = 24 * 3_600_000
    await openDatabase(path, migrations, { nowMs: Date.now() + 6 * dayMs }).db.close()
    expect(existsSync(copy)).toBe(true)
    await openDatabase(path, migrations, { nowMs: Date.now() + 8 * dayMs }).db.close()
    expect(existsSync(copy)).toBe(false)
  })

  it('copies no file that is new or has every migration already', async () => {
    const path = file()
    await openDatabase(path, migrations).db.close()
    await openDatabase(path, migrations).db.close()
    expect(readdirSync(join(path, '..')).filter((name) => name.includes('before'))).toEqual([])
  })

  it('migrates nothing if the copy cannot be made', async () => {
    const path = file()
    await openDatabase(path, migrations.slice(0, 1)).db.close()
    mkdirSync(join(`${path}.before-schema-2`, 'in the way'), { recursive: true })
    expect(() => openDatabase(path, migrations)).toThrow()
    const { db } = openDatabase(path, migrations.slice(0, 1))
    expect(db.all('SELECT * FROM t')).toEqual([])
    await db.close()
  })

  it('refuses a file of a newer version and leaves it as it is', async () => {
    const path = file()
    await openDatabase(path, migrations).db.close()
    expect(() => openDatabase(path, migrations.slice(0, 1))).toThrow(/newer version/)
    const { db, damage } = openDatabase(path, migrations)
    expect(damage).toBeUndefined()
    await db.close()
  })

  it('keeps a damaged file aside and starts a new one', async () => {
    const path = file()
    await openDatabase(path, migrations).db.close()
    writeFileSync(path, 'this is no database, though it was one once; '.repeat(40))
    const { db, damage } = openDatabase(path, migrations)
    expect(db.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 })
    expect(readFileSync(String(damage?.copy), 'utf8')).toContain('no database')
    await db.close()
  })
})

describe('checkDatabase', () => {
  it('finds nothing in a sound file that is in use', async () => {
    const path = file()
    const { db } = openDatabase(path, migrations)
    await db.write('durable', (writer) => writer.run(`INSERT INTO t VALUES ('x', NULL)`))
    await expect(checkDatabase(path)).resolves.toBeUndefined()
    await db.close()
  })

  it('reports damage, and the next start moves the file aside', async () => {
    const path = file()
    const { db } = openDatabase(path, [...migrations, 'CREATE INDEX t_v ON t (v)'])
    await db.write('durable', (writer) => {
      for (let n = 0; n < 2_000; n++) writer.run('INSERT INTO t VALUES (?, ?)', `value ${n}`, 'w'.repeat(50))
    })
    await db.close()
    const bytes = readFileSync(path)
    bytes.fill(0x55, bytes.length - 3 * 4_096, bytes.length - 4_096)
    writeFileSync(path, bytes)
    await expect(checkDatabase(path)).resolves.toMatch(/./)
    const { db: fresh, damage } = openDatabase(path, [...migrations, 'CREATE INDEX t_v ON t (v)'])
    expect(damage).toMatchObject({ outcome: 'replaced', copy: expect.stringContaining('.corrupt-') })
    await fresh.close()
    const again = openDatabase(path, [...migrations, 'CREATE INDEX t_v ON t (v)'])
    expect(again.damage).toBeUndefined()
    await again.db.close()
  })
})
