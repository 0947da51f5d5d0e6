/**
 * Where an OpenClaw keeps its state and its configuration, and whether its gateway runs. Only looks.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf, homeDir, MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { english } from '../language/speech.ts'

export interface OpenClawPlace {
  /** The state directory. */
  readonly folder: string
  /** Undefined where there is none. */
  readonly configFile: string | undefined
}

/**
 * @param path its state directory, the folder of Tencent's plugin in it, or its configuration; undefined: where OpenClaw itself
 * looks
 * @throws `import-not-found`
 */
export function openClawPlace(path: string | undefined, env: NodeJS.ProcessEnv): OpenClawPlace {
  const home = env.HOME || homeDir()
  if (path === undefined) return usualPlace(home, env)
  const named = resolve(path.replace(/^~(?=$|[\\/])/, (tilde) => home ?? tilde))
  const stats = statSync(named, { throwIfNoEntry: false })
  if (stats === undefined) throw notFound(named)
  if (!stats.isDirectory()) return { folder: env.OPENCLAW_STATE_DIR || dirname(named), configFile: named }
  const folder = basename(named) === 'openclaw-weixin' ? dirname(named) : named
  return { folder, configFile: configIn(folder) }
}

function usualPlace(home: string | undefined, env: NodeJS.ProcessEnv): OpenClawPlace {
  const named = env.OPENCLAW_STATE_DIR || env.CLAWDBOT_STATE_DIR
  const places = named ? [resolve(named)] : ['.openclaw', '.clawdbot'].map((name) => join(home ?? '', name))
  const folder = places.find((place) => existsSync(place))
  if (folder === undefined) throw notFound(places.join(', '))
  return { folder, configFile: env.OPENCLAW_CONFIG_PATH || configIn(folder) }
}

function configIn(folder: string): string | undefined {
  return ['openclaw.json', 'clawdbot.json'].map((name) => join(folder, name)).find((file) => existsSync(file))
}

function notFound(file: string): MoltbotError {
  return new MoltbotError(
    'import-not-found',
    english('there is nothing to import: {file} does not exist', { file }),
  )
}

/** What OpenClaw's gateway writes into its lock files. */
const lockFile = z.object({
  pid: z.int().positive(),
  configPath: z.string(),
  role: z.string().optional(),
})

/**
 * The process of the gateway that runs on this state directory; undefined where none can be seen. Other machines that share
 * the folder cannot be seen.
 */
export function runningOpenClaw({ folder, configFile }: OpenClawPlace): number | undefined {
  const own = subfolders(join(folder, 'tmp')).flatMap(locksIn)
  // Versions before 2026.9 had the locks of all state directories in one folder.
  const shared = [`openclaw-${process.getuid?.()}`, 'openclaw']
    .map((name) => join(tmpdir(), name))
    .flatMap(locksIn)
  const ofThis = shared.filter(
    ({ configPath }) => configPath === configFile || dirname(configPath) === folder,
  )
  return [...own, ...ofThis].find(({ pid, role = 'gateway' }) => role === 'gateway' && isOpenClaw(pid))?.pid
}

function locksIn(folder: string): z.infer<typeof lockFile>[] {
  const names = namesIn(folder).filter((name) => /^gateway\..*\.?lock$/.test(name))
  return names.flatMap((name) => {
    try {
      return [lockFile.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')))]
    } catch {
      return [] // Removed meanwhile, or no lock.
    }
  })
}

/** A killed gateway leaves its files, and its number may be another program's by now. */
function isOpenClaw(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
  }
  try {
    return /openclaw|clawdbot/i.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return true // Not Linux, or the process is not ours to look at.
  }
}

function subfolders(folder: string): string[] {
  return namesIn(folder).map((name) => join(folder, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // It is not there, or is no folder.
  }
}
