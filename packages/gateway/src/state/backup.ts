/**
 * `state backup`, `restore` and `check`: everything that a gateway keeps, in one archive. A backup can be made while the
 * gateway runs: SQLite copies a database as it is at one moment, whoever writes to it.
 */

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { copyFile, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { checkDatabase } from '@moltbot/channel-sdk/sqlite'
import { create, extract } from 'tar'
import { z } from 'zod'
import { english } from '../language/speech.ts'
import { version } from '../version.ts'
import { flushToDisk, readFileIfThere } from './atomic-file.ts'
import { lockName, takeGatewayLock } from './lock.ts'
import { makePrivateDir } from './state-dir.ts'

/** Folder of the archives that were made through the control API. They are in no other archive, and a restore leaves them. */
export const backupsFolder = 'backups'
/** Begins the names of folders in which an archive is being made. */
export const stagePrefix = '.moltbot-backup-'
/** Of one process or one moment only, or secrets that a new gateway makes again. */
const leftOut: ReadonlySet<string> = new Set([
  'gateway.json',
  'control-token',
  'dashboard.html',
  'turns',
  'sandbox',
  'logs',
  backupsFolder,
])
const ofOneProcess =
  /^(?:gateway|channel|move)\.lock|-wal$|-shm$|-guard$|\.before-schema-|\.tmp$|\.suspect$|^replaced-|^\.restore-/
const manifestName = 'backup.json'
const manifestSchema = z.object({ moltbotBackup: z.literal(1), version: z.string(), createdAt: z.string() })
/** Pages that SQLite copies before it lets others run, 4 KiB each. */
const pagesAtOnce = 1_000

/**
 * Writes the state to `file`, readable by its owner only. Resolves when it is on the disk.
 * @returns how many files it has
 * @throws `backup-exists`; what the file system says
 */
export async function backupState(stateDir: string, file: string): Promise<number> {
  const target = resolve(file)
  if (existsSync(target)) throw new MoltbotError('backup-exists', english('{file} exists already', { file }))
  const stage = mkdtempSync(join(dirname(target), stagePrefix))
  try {
    const content = join(stage, 'state')
    mkdirSync(content)
    const files = await copyState(stateDir, content)
    const manifest = { moltbotBackup: 1, version, createdAt: new Date().toISOString() }
    await writeFile(join(content, manifestName), `${JSON.stringify(manifest)}\n`)
    const archive = join(stage, basename(target))
    await create({ gzip: true, portable: true, file: archive, cwd: content }, ['.'])
    chmodSync(archive, 0o600)
    await flushToDisk(archive)
    renameSync(archive, target)
    await flushToDisk(dirname(target))
    return files
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/** Databases first: a row whose file was sent and removed meanwhile fails after a restore, and is not sent twice. */
async function copyState(stateDir: string, content: string): Promise<number> {
  const paths = filesIn(stateDir)
  const isDatabase = (path: string) => path.endsWith('.sqlite')
  const ordered = [...paths.filter(isDatabase), ...paths.filter((path) => !isDatabase(path))]
  let files = 0
  for (const path of ordered) {
    const copy = join(content, path)
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 })
    const isThere = await (isDatabase(path) ? copyDatabase : copyIfThere)(join(stateDir, path), copy)
    if (isThere) files += 1
  }
  return files
}

async function copyDatabase(file: string, copy: string): Promise<boolean> {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    await backup(db, copy, { rate: pagesAtOnce })
    return true
  } finally {
    db.close()
  }
}

/** With its time, by which it is deleted in the end. A gateway that runs removes files, such as those that it has sent. */
async function copyIfThere(file: string, copy: string): Promise<boolean> {
  try {
    const { atime, mtime } = await stat(file)
    await copyFile(file, copy)
    await utimes(copy, atime, mtime)
    return true
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return false
  }
}

/** Paths of the files to save, relative to the folder. Links are left out. */
function filesIn(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below)).flatMap((name) => {
    if (ofOneProcess.test(name) || (below === '' && leftOut.has(name))) return []
    const path = join(below, name)
    const stats = lstatSync(join(folder, path), { throwIfNoEntry: false })
    if (stats?.isDirectory()) return filesIn(folder, path)
    return stats?.isFile() ? [path] : []
  })
}

/**
 * Replaces the state by the one in `file`, and resolves when it is on the disk. What was there before is kept in a folder beside it.
 * @returns the folder with the earlier state; undefined where there was none
 * @throws `gateway-running`; `backup-unusable` for a file that is no backup, or a damaged one: nothing is changed then
 */
export async function restoreState(stateDir: string, file: string): Promise<string | undefined> {
  makePrivateDir(stateDir)
  const lock = takeGatewayLock(stateDir)
  const stage = mkdtempSync(join(stateDir, '.restore-'))
  try {
    await unpack(file, stage)
    const unpacked = readdirSync(stage, { recursive: true, encoding: 'utf8' })
    for (const path of unpacked) await flushToDisk(join(stage, path))
    const replaced = setAsideAll(stateDir, stage)
    for (const name of readdirSync(stage)) renameSync(join(stage, name), join(stateDir, name))
    await flushToDisk(stateDir)
    return replaced
  } finally {
    rmSync(stage, { recursive: true, force: true })
    lock.release()
  }
}

async function unpack(file: string, stage: string): Promise<void> {
  try {
    const filter = (_: string, entry: object) =>
      ['File', 'Directory'].includes(String(Reflect.get(entry, 'type')))
    await extract({ file: resolve(file), cwd: stage, strict: true, filter })
  } catch (error) {
    throw unusable(file, messageOf(error))
  }
  const manifest = readFileIfThere(join(stage, manifestName))
  if (!manifestSchema.safeParse(parsed(manifest)).success)
    throw unusable(file, english('it was not written by "moltbot state backup"'))
  rmSync(join(stage, manifestName))
  const { databases } = await checkState(stage)
  for (const { path, problem } of databases) if (problem) throw unusable(file, `${path}: ${problem}`)
}

function parsed(text: string | undefined): unknown {
  try {
    return text && JSON.parse(text)
  } catch {
    return undefined
  }
}

function unusable(file: string, reason: string): MoltbotError {
  return new MoltbotError('backup-unusable', english('{file} cannot be restored: {reason}', { file, reason }))
}

/** Everything but the lock that is held. */
function setAsideAll(stateDir: string, stage: string): string | undefined {
  const mine = [basename(stage), backupsFolder]
  const names = readdirSync(stateDir).filter(
    (name) => !name.startsWith(lockName) && !name.startsWith('replaced-') && !mine.includes(name),
  )
  if (names.length === 0) return undefined
  const folder = join(stateDir, `replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
  mkdirSync(folder, { mode: 0o700 })
  for (const name of names) renameSync(join(stateDir, name), join(folder, name))
  return folder
}

export interface StateCheck {
  readonly databases: readonly { readonly path: string; readonly problem: string | undefined }[]
}

/** Reads every database as a whole, also while a gateway uses it. */
export async function checkState(stateDir: string): Promise<StateCheck> {
  const paths = existsSync(stateDir) ? filesIn(stateDir).filter((path) => path.endsWith('.sqlite')) : []
  const databases = paths.map(async (path) => ({
    path,
    problem: await checkDatabase(join(stateDir, path)).catch(messageOf),
  }))
  return { databases: await Promise.all(databases) }
}
