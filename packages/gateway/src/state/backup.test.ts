import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { create } from 'tar'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { backupState, checkState, restoreState } from './backup.ts'
import { takeGatewayLock } from './lock.ts'

const migrations = ['CREATE TABLE note (text TEXT)']

/** A state directory with a database that is in use, a file of a channel, and what belongs to one process. */
async function stateWith(text: string) {
  const stateDir = scratch()
  const { db } = openDatabase(join(stateDir, 'channel', 'channel.sqlite'), migrations)
  await db.write('relaxed', (writer) => writer.run('INSERT INTO note VALUES (?)', text))
  mkdirSync(join(stateDir, 'channel', 'outgoing'))
  writeFileSync(join(stateDir, 'channel', 'outgoing', 'blob'), 'a file')
  writeFileSync(join(stateDir, 'control-token'), 'secret')
  writeFileSync(join(stateDir, 'gateway.json'), '{}')
  return { stateDir, db }
}

/** @returns the names of what was flushed since the last call */
async function watchFlushes(): Promise<() => string[]> {
  const names: string[] = []
  const handle = await open(import.meta.filename)
  const prototype: FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  const { sync } = prototype
  const spy = vi.spyOn(prototype, 'sync').mockImplementation(function (this: FileHandle) {
    names.push(basename(readlinkSync(`/proc/self/fd/${this.fd}`)))
    return sync.call(this)
  })
  onTestFinished(() => spy.mockRestore())
  return () => names.splice(0)
}

function notesIn(stateDir: string): unknown[] {
  const db = new DatabaseSync(join(stateDir, 'channel', 'channel.sqlite'), { readOnly: true })
  const rows = db.prepare('SELECT text FROM note').all()
  db.close()
  return rows.map(({ text }) => text)
}

describe('a backup', () => {
  it('is made while the databases are in use, and restores what was there', async () => {
    const { stateDir, db } = await stateWith('before')
    const file = join(scratch(), 'state.tar.gz')
    expect(await backupState(stateDir, file)).toBe(2)
    await db.write('relaxed', (writer) => writer.run('INSERT INTO note VALUES (?)', 'after'))
    await db.close()
    const replaced = (await restoreState(stateDir, file)) ?? ''
    expect(notesIn(stateDir)).toEqual(['before'])
    expect(readFileSync(join(stateDir, 'channel', 'outgoing', 'blob'), 'utf8')).toBe('a file')
    expect(notesIn(replaced)).toEqual(['before', 'after'])
  })

  it.runIf(process.platform === 'linux')(
    'is on the disk when it is reported, and so is a restored state',
    async () => {
      const { stateDir, db } = await stateWith('before')
      await db.close()
      const folder = scratch()
      const file = join(folder, 'state.tar.gz')
      const flushed = await watchFlushes()
      await backupState(stateDir, file)
      expect(flushed()).toEqual(['state.tar.gz', basename(folder)])
      const restored = scratch()
      await restoreState(restored, file)
      expect(flushed()).toEqual(
        expect.arrayContaining(['channel.sqlite', 'blob', 'outgoing', basename(restored)]),
      )
    },
  )

  it('is for its owner only, and contains nothing of the process that made it', async () => {
    const { stateDir, db } = await stateWith('private')
    const file = join(scratch(), 'state.tar.gz')
    await backupState(stateDir, file)
    await db.close()
    const empty = join(scratch(), 'new')
    expect(await restoreState(empty, file)).toBeUndefined()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(empty).filter((name) => !name.startsWith('gateway.lock'))).toEqual(['channel'])
  })

  it('does not replace a file, and leaves nothing beside it', async () => {
    const { stateDir, db } = await stateWith('x')
    const folder = scratch()
    writeFileSync(join(folder, 'mine'), 'precious')
    await expect(backupState(stateDir, join(folder, 'mine'))).rejects.toThrow('exists already')
    await backupState(stateDir, join(folder, 'other'))
    await db.close()
    expect(readdirSync(folder).toSorted()).toEqual(['mine', 'other'])
    expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('precious')
  })

  it('does not follow links out of the state directory', async () => {
    const { stateDir, db } = await stateWith('x')
    const outside = scratch()
    writeFileSync(join(outside, 'key'), 'secret')
    symlinkSync(outside, join(stateDir, 'link'))
    symlinkSync(join(outside, 'key'), join(stateDir, 'key'))
    const file = join(scratch(), 'state.tar.gz')
    expect(await backupState(stateDir, file)).toBe(2)
    await db.close()
  })
})

describe('a restore', () => {
  it('is refused while a gateway runs', async () => {
    const { stateDir, db } = await stateWith('x')
    const file = join(scratch(), 'state.tar.gz')
    await backupState(stateDir, file)
    await db.close()
    const lock = takeGatewayLock(stateDir)
    await expect(restoreState(stateDir, file)).rejects.toMatchObject({ code: 'gateway-running' })
    lock.release()
  })

  const unusable: [what: string, make: (folder: string) => Promise<string>][] = [
    ['a file that is no archive', async (folder) => write(folder, 'not an archive')],
    ['an archive of something else', (folder) => archive(folder, { 'readme.txt': 'hello' })],
    [
      'a backup with a damaged database',
      (folder) =>
        archive(folder, {
          'backup.json': '{"moltbotBackup":1,"version":"1","createdAt":""}',
          'gateway.sqlite': 'no database at all',
        }),
    ],
    ['a file that is not there', async (folder) => join(folder, 'nothing')],
  ]
  it.each(unusable)('of %s changes nothing', async (_, make) => {
    const { stateDir, db } = await stateWith('kept')
    await db.close()
    const file = await make(scratch())
    await expect(restoreState(stateDir, file)).rejects.toMatchObject({ code: 'backup-unusable' })
    expect(notesIn(stateDir)).toEqual(['kept'])
    expect(existsSync(join(stateDir, 'control-token'))).toBe(true)
    expect(readdirSync(stateDir).filter((name) => name.startsWith('.restore'))).toEqual([])
  })
})

describe('a check', () => {
  it('names the databases and what is damaged, also while they are in use', async () => {
    const { stateDir, db } = await stateWith('x')
    writeFileSync(join(stateDir, 'gateway.sqlite'), 'no database at all')
    const { databases } = await checkState(stateDir)
    await db.close()
    expect(databases).toEqual([
      { path: 'channel/channel.sqlite', problem: undefined },
      { path: 'gateway.sqlite', problem: expect.stringContaining('not a database') },
    ])
  })

  it('finds nothing in a state directory that does not exist', async () => {
    expect(await checkState(join(scratch(), 'none'))).toEqual({ databases: [] })
  })
})

function write(folder: string, text: string): string {
  const file = join(folder, 'file')
  writeFileSync(file, text)
  return file
}

async function archive(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const file = join(scratch(), 'archive.tar.gz')
  await create({ gzip: true, file, cwd: folder }, Object.keys(files))
  return file
}
