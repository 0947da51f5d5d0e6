/**
 * How a person runs this very `moltbot` again. What is printed must work where it is read: in a clone there is no
 * `moltbot` on the PATH, and outside of it `npx moltbot` would fetch a package that is not ours.
 */

import { realpathSync } from 'node:fs'
import { delimiter, join, sep } from 'node:path'

export interface OwnCommandOptions {
  readonly env: NodeJS.ProcessEnv
  /** `bin/moltbot.js` of this process. */
  readonly bin: string
  readonly cwd: string
}

/** `moltbot` where the PATH leads to this one, `npx moltbot` inside its project, else the path of the file. */
export function ownCommand({ env, bin, cwd }: OwnCommandOptions): string {
  const isOurs = (file: string) => realPath(file) === realPath(bin)
  const names = process.platform === 'win32' ? ['moltbot.cmd'] : ['moltbot']
  const onPath = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => isLasting(folder, env))
  if (onPath.some((folder) => names.some((name) => isOurs(join(folder, name))))) return 'moltbot'
  if (isOurs(join(projectOf(cwd), 'node_modules', '.bin', 'moltbot'))) return 'npx moltbot'
  return quoted(bin)
}

/** A command, and not the name of the program in a sentence. */
const mentioned =
  /(?<![\w/.-])(?:npx )?moltbot (?=(?:alerts|channels|config|gateway|import|outbox|pairing|puppets|sandbox|state) \w|(?:dashboard|doctor|logs|setup|support-bundle|completion|usage)\b)/g

/** A text with `moltbot …` commands, as they are typed here. */
export function withOwnCommand(text: string, command: string): string {
  return text.replaceAll(mentioned, () => `${command} `)
}

/** npm puts folders before the PATH that only its own children have. */
function isLasting(folder: string, env: NodeJS.ProcessEnv): boolean {
  return env.npm_execpath === undefined || !folder.endsWith(join('node_modules', '.bin'))
}

/** The folder above that has the dependencies, as npx finds it. */
function projectOf(cwd: string): string {
  const parts = cwd.split(sep)
  const folders = parts.map((_, index) => parts.slice(0, parts.length - index).join(sep) || sep)
  return folders.find((folder) => realPath(join(folder, 'node_modules')) !== undefined) ?? cwd
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}

const quoted = (path: string) => (/^[\w@%+=:,./\\-]+$/.test(path) ? path : JSON.stringify(path))
