/**
 * `$include`: parts of a configuration in files of their own, beside or below the main one.
 * The value is a path or a list of paths, relative to the file that includes. What they hold is merged in order, and
 * the keys beside `$include` are laid over it. Nothing outside the main file's folder is ever read.
 */

import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { ConfigError, invalidConfig } from './config-error.ts'
import { pathProblem } from './file-path.ts'
import { readText, type Stamp } from './files.ts'
import {
  type ConfigPath,
  formatPath,
  type Located,
  type LocatedObject,
  mergeLocated,
  type Place,
} from './located.ts'
import { parseConfig } from './parse.ts'

export interface ConfigTree {
  readonly root: Located
  /** Every file that was read, the main one first. */
  readonly files: string[]
  /** By file: the state it was read in. */
  readonly stamps: ReadonlyMap<string, Stamp>
}

const includeKey = '$include'
/** Files of one configuration, includes counted as often as they are included. */
const maxFiles = 64
const maxIncludeDepth = 10

/** One reading of a configuration. */
interface Reading {
  readonly folder: string
  readonly realFolder: string
  readonly files: string[]
  readonly stamps: Map<string, Stamp>
}

/** The file that is being read, and those that led to it, by real path. */
interface Position {
  readonly file: string
  readonly chain: readonly string[]
}

/** @throws ConfigError `config-unreadable` for the main file, `config-invalid` for what is in it or in an include. */
export async function readConfigTree(path: string): Promise<ConfigTree> {
  try {
    const { text, stamp } = await readText(path)
    const files = [path]
    const stamps = new Map([[path, stamp]])
    const reading = { folder: dirname(path), realFolder: await realpath(dirname(path)), files, stamps }
    const position = { file: path, chain: [await realpath(path)] }
    return { root: await expand(parseConfig(text, path), [], position, reading), files, stamps }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError('config-unreadable', `cannot read ${path}: ${reasonOf(error)}`)
  }
}

/** One after another: the cap on files counts them, and the order of the first complaint stays the same. */
async function expand(
  node: Located,
  path: ConfigPath,
  position: Position,
  reading: Reading,
): Promise<Located> {
  if (node.kind === 'scalar') return node
  if (node.kind === 'list') {
    const items: Located[] = []
    for (const [index, item] of node.items.entries()) {
      items.push(await expand(item, [...path, index], position, reading))
    }
    return { ...node, items }
  }
  const entries = new Map(node.entries)
  for (const [key, entry] of node.entries) {
    if (key === includeKey) entries.delete(key)
    else entries.set(key, { ...entry, node: await expand(entry.node, [...path, key], position, reading) })
  }
  const own: LocatedObject = { ...node, entries }
  const include = node.entries.get(includeKey)?.node
  return include ? withIncludes(own, include, path, position, reading) : own
}

async function withIncludes(
  own: LocatedObject,
  include: Located,
  path: ConfigPath,
  position: Position,
  reading: Reading,
): Promise<Located> {
  const included: Located[] = []
  for (const target of include.kind === 'list' ? include.items : [include]) {
    included.push(await readInclude(target, path, position, reading))
  }
  // A file that is merged with nothing may hold anything, such as a list of ids.
  const parts = included.length === 1 && own.entries.size === 0 ? included : [...included, own]
  const odd = parts.length > 1 ? included.find((part) => part.kind !== 'object') : undefined
  if (odd)
    throw flaw(odd.place, path, 'only a file that holds an object can be merged with other keys or files')
  return parts.reduce(mergeLocated)
}

async function readInclude(
  target: Located,
  path: ConfigPath,
  { file, chain }: Position,
  reading: Reading,
): Promise<Located> {
  const { place } = target
  const at = [...path, includeKey]
  const refuse = (why: string) => flaw(place, at, why)
  if (target.kind !== 'scalar' || typeof target.value !== 'string') {
    throw refuse('expected a path, or a list of paths')
  }
  const name = target.value
  const wrong = pathProblem(name)
  if (wrong !== undefined) throw refuse(`"${name}" ${wrong}`)
  if (chain.length > maxIncludeDepth) throw refuse(`more than ${maxIncludeDepth} includes inside each other`)
  if (reading.files.length >= maxFiles) throw refuse(`more than ${maxFiles} files`)
  const included = resolve(dirname(file), name)
  if (isAbsolute(name) || !isInside(reading.folder, included)) {
    throw refuse(`"${name}" is outside the configuration's folder; only files in or below it may be included`)
  }
  const real = await realpath(included).catch((error: unknown) => {
    throw refuse(`cannot read "${name}": ${reasonOf(error)}`)
  })
  if (!isInside(reading.realFolder, real)) {
    throw refuse(`"${name}" is a link out of the configuration's folder`)
  }
  if (chain.includes(real)) throw refuse(`"${name}" includes itself`)
  const { text, stamp } = await readText(real).catch((error: unknown) => {
    throw refuse(`cannot read "${name}": ${reasonOf(error)}`)
  })
  reading.files.push(included)
  reading.stamps.set(included, stamp)
  return expand(parseConfig(text, included), path, { file: included, chain: [...chain, real] }, reading)
}

function isInside(folder: string, path: string): boolean {
  const below = relative(folder, path)
  return below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below)
}

function reasonOf(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    ELOOP: 'links in a circle',
  }
  return words[codeOf(error)] ?? messageOf(error)
}

function flaw(place: Place, path: ConfigPath, message: string): ConfigError {
  return invalidConfig([{ ...place, path: formatPath(path), message, severity: 'error' }])
}
