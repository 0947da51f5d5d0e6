/**
 * What `doctor` looks at on this machine: Node, the time zone, the state directory, the disk.
 */

import { existsSync } from 'node:fs'
import { type FileHandle, open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Finding, type HealthCheck, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { checkOwnFolder } from '../state/state-dir.ts'
import { timeZoneProblem } from '../time-zone.ts'
import { version } from '../version.ts'

const bytesPerMb = 1024 * 1024
/** With less than that SQLite and the log soon fail. */
const tooLittleBytes = 100 * bytesPerMb
const littleBytes = 1024 * bytesPerMb
const fewFiles = 1_000
/** A good disk flushes in a few milliseconds; a turn waits for two flushes. */
const slowFlushMs = 50
const badFlushMs = 500
const flushes = 5
const sample = Buffer.alloc(4_096, 1)

export function machineChecks(stateDir: string, env: NodeJS.ProcessEnv): HealthCheck[] {
  return [
    { about: 'node', run: async () => [nodeFinding(), ...timeZoneFindings(env)] },
    { about: 'state', run: async () => [folderFinding(stateDir)] },
    { about: 'disk', run: () => diskFindings(stateDir) },
  ]
}

function nodeFinding(): Finding {
  const { version: node, platform, arch } = process
  const message = english('moltbot {version} on Node {node}, {platform} {arch}', {
    version,
    node: node.slice(1),
    platform,
    arch,
  })
  return { status: 'ok', message }
}

function timeZoneFindings({ TZ }: NodeJS.ProcessEnv): Finding[] {
  const message = timeZoneProblem(TZ)
  return message === undefined ? [] : [{ status: 'warning', message }]
}

function folderFinding(folder: string): Finding {
  if (!existsSync(folder))
    return { status: 'ok', message: english('{folder} does not exist yet; the gateway makes it', { folder }) }
  try {
    const { mode } = checkOwnFolder(folder)
    const isOpen = (mode & 0o077) !== 0 && process.platform !== 'win32'
    if (!isOpen) return { status: 'ok', message: english('{folder} is readable by you alone', { folder }) }
    const message = english('other users of this machine can look into {folder}', { folder })
    return { status: 'warning', message, advice: `chmod 700 ${JSON.stringify(folder)}` }
  } catch (error) {
    if (error instanceof MoltbotError) return { status: 'problem', message: error.message }
    throw error
  }
}

async function diskFindings(stateDir: string): Promise<Finding[]> {
  const folder = existing(stateDir)
  const { bavail, bsize, files, ffree } = await statfs(folder)
  const room = spaceFinding(bavail * bsize, files > 0 && ffree < fewFiles)
  return folder === stateDir ? [room, await speedFinding(stateDir)] : [room]
}

/** The folder, or the nearest one above that exists. */
function existing(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder))
}

/** @param outOfFiles the file system has room, but for no more files */
export function spaceFinding(freeBytes: number, outOfFiles: boolean): Finding {
  const advice = english('delete files, or use a larger disk')
  if (outOfFiles)
    return {
      status: 'problem',
      message: english('the disk takes no more files (its inodes are used up)'),
      advice,
    }
  const mb = Math.floor(freeBytes / bytesPerMb)
  const message = english('{mb} MB are free on the disk', { mb })
  if (freeBytes < tooLittleBytes) return { status: 'problem', message, advice }
  return freeBytes < littleBytes ? { status: 'warning', message, advice } : { status: 'ok', message }
}

/** The file is gone afterwards. */
async function speedFinding(stateDir: string): Promise<Finding> {
  const file = join(stateDir, `.doctor-${process.pid}.tmp`)
  try {
    const handle = await open(file, 'wx', 0o600)
    const ms = await medianFlushMs(handle).finally(() => handle.close())
    return flushFinding(ms)
  } catch (error) {
    const advice = english('make room on the disk, or correct the permissions of the folder')
    const message = english('{folder} cannot be written: {reason}', {
      folder: stateDir,
      reason: messageOf(error),
    })
    return { status: 'problem', message, advice }
  } finally {
    await rm(file, { force: true })
  }
}

async function medianFlushMs(handle: FileHandle): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < flushes; n++) {
    const startedMs = performance.now()
    await handle.write(sample)
    await handle.datasync()
    times.push(performance.now() - startedMs)
  }
  return times.toSorted((a, b) => a - b)[Math.floor(flushes / 2)] ?? 0
}

/** @param medianMs of a flush of 4 KiB */
export function flushFinding(medianMs: number): Finding {
  const ms = medianMs < 10 ? medianMs.toFixed(1) : Math.round(medianMs)
  const message = english('the disk stores a message safely in {ms} ms', { ms })
  if (medianMs < slowFlushMs) return { status: 'ok', message }
  const advice = english(
    'every answer waits for the disk twice: keep the state directory on a local disk, not on a network drive or a memory card',
  )
  return { status: medianMs < badFlushMs ? 'warning' : 'problem', message, advice }
}
