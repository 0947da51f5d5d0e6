import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { createLog } from '../log/logger.ts'
import { restoreState } from './backup.ts'
import { StateDesk } from './state-desk.ts'

const { logger } = createLog({ format: 'json', write: () => undefined })

/** A state directory with a database that has a note. */
async function stateWith(text: string) {
  const stateDir = scratch()
  const { db } = openDatabase(join(stateDir, 'gateway.sqlite'), ['CREATE TABLE note (text TEXT)'])
  await db.write('durable', (writer) => writer.run('INSERT INTO note VALUES (?)', text))
  await db.close()
  writeFileSync(join(stateDir, 'control-token'), 'secret')
  return { stateDir, desk: new StateDesk(stateDir, logger) }
}

/** The notes of what `file` restores. */
async function notesOf(file: string): Promise<unknown[]> {
  const folder = join(scratch(), 'restored')
  await restoreState(folder, file)
  expect(existsSync(join(folder, 'control-token'))).toBe(false)
  const db = new DatabaseSync(join(folder, 'gateway.sqlite'), { readOnly: true })
  const rows = db.prepare('SELECT text FROM note').all()
  db.close()
  return rows.map(({ text }) => text)
}

it('saves the state in the folder of backups, for its owner only', async () => {
  const { stateDir, desk } = await stateWith('kept')
  const { file, files } = await desk.save('monday.tar.gz')
  expect(file).toBe(join(stateDir, 'backups', 'monday.tar.gz'))
  expect(files).toBe(1)
  expect(statSync(join(stateDir, 'backups')).mode & 0o777).toBe(0o700)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await notesOf(file)).toEqual(['kept'])
  await expect(desk.save('monday.tar.gz')).rejects.toMatchObject({ code: 'backup-exists' })
})

it('names an archive after the time, and puts no archive into another', async () => {
  const { stateDir, desk } = await stateWith('kept')
  const { file } = await desk.save()
  expect(file).toMatch(/moltbot-\d{4}-\d\d-\d\dT[\d-]+Z\.tar\.gz$/)
  const { files } = await desk.save('second')
  expect(files).toBe(1)
  expect(readdirSync(join(stateDir, 'backups'))).toHaveLength(2)
})

it('hands out an archive that is not left on the disk', async () => {
  const { stateDir, desk } = await stateWith('handed out')
  const { bytes, content } = await desk.download()
  expect(readdirSync(join(stateDir, 'backups'))).toEqual([])
  const copy = join(scratch(), 'copy.tar.gz')
  await writeFile(copy, content)
  expect(readFileSync(copy)).toHaveLength(bytes)
  expect(await notesOf(copy)).toEqual(['handed out'])
})

it('removes what a crash left of an earlier archive, and nothing else', async () => {
  const { stateDir, desk } = await stateWith('kept')
  const folder = join(stateDir, 'backups')
  mkdirSync(join(folder, '.moltbot-backup-x1'), { recursive: true })
  writeFileSync(join(folder, '.moltbot-backup-x1', 'copy'), '')
  writeFileSync(join(folder, '.moltbot-2026.tar.gz.tmp'), '')
  writeFileSync(join(folder, 'mine'), '')
  await desk.save('new')
  expect(readdirSync(folder).toSorted()).toEqual(['mine', 'new'])
})

it('does one thing at a time, and goes on after a failure', async () => {
  const { desk } = await stateWith('kept')
  const first = desk.save('one')
  await expect(desk.check()).rejects.toMatchObject({ code: 'state-busy', retryable: true })
  await first
  await expect(desk.save('one')).rejects.toMatchObject({ code: 'backup-exists' })
  expect(await desk.check()).toEqual({ databases: [{ path: 'gateway.sqlite', problem: undefined }] })
})

it('keeps the archives when one of them is restored', async () => {
  const { stateDir, desk } = await stateWith('kept')
  const { file } = await desk.save('one')
  await restoreState(stateDir, file)
  expect(existsSync(file)).toBe(true)
  await restoreState(stateDir, file)
})
