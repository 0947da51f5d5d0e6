import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inTransaction, openDatabase } from './sqlite.ts'

const file = () => join(mkdtempSync(join(tmpdir(), 'moltbot-sqlite-')), 'private', 'a.sqlite')
const migrations = ['CREATE TABLE t (v TEXT NOT NULL)', 'ALTER TABLE t ADD COLUMN w TEXT']

describe('openDatabase', () => {
  it('makes a private file in a private folder', () => {
    const path = file()
    openDatabase(path, migrations).db.close()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  })

  it('runs only the migrations that a file has not seen', () => {
    const path = file()
    const old = openDatabase(path, migrations.slice(0, 1)).db
    old.exec(`INSERT INTO t VALUES ('kept')`)
    old.close()
    const { db } = openDatabase(path, migrations)
    expect(db.prepare('SELECT v, w FROM t').get()).toEqual({ v: 'kept', w: null })
    db.close()
  })

  it('refuses a file of a newer version and leaves it as it is', () => {
    const path = file()
    openDatabase(path, migrations).db.close()
    expect(() => openDatabase(path, migrations.slice(0, 1))).toThrow(/newer version/)
    expect(openDatabase(path, migrations).corruptCopy).toBeUndefined()
  })

  it('keeps a damaged file aside and starts a new one', () => {
    const path = file()
    openDatabase(path, migrations).db.close()
    writeFileSync(path, 'this is no database, though it was one once; '.repeat(40))
    const { db, corruptCopy } = openDatabase(path, migrations)
    expect(db.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 })
    expect(readFileSync(String(corruptCopy), 'utf8')).toContain('no database')
    db.close()
  })

  it('rolls a transaction back when its work throws', () => {
    const { db } = openDatabase(file(), migrations)
    expect(() =>
      inTransaction(db, () => {
        db.exec(`INSERT INTO t VALUES ('x', NULL)`)
        throw new Error('no')
      }),
    ).toThrow('no')
    expect(db.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 0 })
    db.close()
  })
})
