/**
 * Packages of puppets: which are installed, where, and how a class comes out of one. A person installs a puppet beside
 * their configuration; npm may also have put it beside this channel. Looked for as Node does, from a folder upwards.
 */

import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BackendInfo, codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { z } from 'zod'
import {
  banWarning,
  isPackageName,
  knownPuppet,
  knownPuppets,
  looksMistyped,
  shortNamesList,
} from '../config/catalogue.ts'

export interface InstalledPackage {
  /** The package's own folder. */
  readonly folder: string
  readonly version: string
}

export type PuppetClass = new (options: Record<string, unknown>) => Puppet

/**
 * The known puppets as the operator sees them, with what is installed.
 * @param fromDir where the search for installed packages begins; see `findPackage`
 */
export function listBackends(fromDir: string): BackendInfo[] {
  return knownPuppets.map(({ runsIn: _, needsChromium: __, defaultOptions: ___, ...puppet }) => {
    const installed = findPackage(puppet.name, fromDir)
    const warning = banWarning(puppet.name)
    return { ...puppet, ...(warning !== undefined && { warning }), ...(installed && { installed }) }
  })
}

const packageJson = z.object({ version: z.string().catch('unknown') })

/**
 * The nearest copy from `configDir` upwards, else from this channel upwards. What runs in the gateway's own process is
 * taken from beside this channel alone: a second copy of the service client's protobuf classes breaks every call.
 * @param name a valid npm name
 */
export function findPackage(name: string, configDir?: string): InstalledPackage | undefined {
  const own = knownPuppet(name)?.runsIn === 'gateway'
  const starts = [...(configDir === undefined || own ? [] : [configDir]), import.meta.dirname]
  for (const folder of starts.flatMap(upwards).map((parent) => join(parent, 'node_modules', name))) {
    const text = readIfThere(join(folder, 'package.json'))
    if (text !== undefined) return { folder, version: versionIn(text) }
  }
  return undefined
}

/** @throws `puppet-missing` with the command that installs it, `puppet-name-invalid` */
export function requirePackage(name: string, configDir?: string): InstalledPackage {
  if (!isPackageName(name)) {
    throw new MoltbotError('puppet-name-invalid', `${JSON.stringify(name)} is not a name of an npm package`)
  }
  const found = findPackage(name, configDir)
  if (found !== undefined) return found
  if (looksMistyped(name)) {
    const message = `puppet "${name}" is not installed, and it is none of the short names: ${shortNamesList}`
    throw new MoltbotError('puppet-missing', message)
  }
  const command = `npm install ${configDir === undefined ? '' : `--prefix ${quoted(configDir)} `}${name}`
  throw new MoltbotError('puppet-missing', `puppet "${name}" is not installed; install it with: ${command}`)
}

function upwards(start: string): string[] {
  const parent = dirname(start)
  return parent === start ? [start] : [start, ...upwards(parent)]
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // Not there, or not readable for us: as if it were not there.
  }
}

function versionIn(text: string): string {
  try {
    return packageJson.parse(JSON.parse(text)).version
  } catch {
    return 'unknown' // Loading the package shows what is wrong with it.
  }
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

/** Compiled packages wrap a default export in another, and that in a third. */
const maxDefaults = 3
/** Length of the message of a package that cannot be imported. */
const maxReasonLength = 500

/**
 * The class of a puppet, in the process that is to hold it. Only a package's ESM build is taken: the CommonJS one would
 * bring second copies of what puppets share with Wechaty.
 * @param name npm package name
 * @param configDir the folder of the user's configuration, where the search begins
 * @throws `puppet-missing`, `puppet-not-esm`, `puppet-broken`, `puppet-invalid`: none of them passes by itself
 */
export async function loadPuppetClass(name: string, configDir?: string): Promise<PuppetClass> {
  const entry = await entryOf(name, requirePackage(name, configDir))
  const module: unknown = await import(entry).catch((error: unknown) => {
    throw broken(name, error)
  })
  const exported = unwrap(module)
  if (isPuppetClass(exported)) return exported
  throw new MoltbotError(
    'puppet-invalid',
    `"${name}" is installed, but its default export is no puppet class`,
  )
}

/** The file URL that `import` would take. */
async function entryOf(name: string, { folder }: InstalledPackage): Promise<string> {
  const { resolve } = await import('import-meta-resolve')
  const parent = pathToFileURL(join(folder, 'package.json')).href
  try {
    const entry = resolve(name, parent)
    if (isEsm(entry)) return entry
  } catch (error) {
    if (codeOf(error) !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw broken(name, error)
  }
  const message = `"${name}" has no ESM build, which Wechaty has needed since version 1; look for a newer version`
  throw new MoltbotError('puppet-not-esm', message)
}

/** As Node tells the two kinds of module apart. */
function isEsm(entry: string): boolean {
  if (!entry.endsWith('.js')) return entry.endsWith('.mjs')
  const manifest = findPackageJSON(entry)
  const content: unknown = manifest === undefined ? undefined : JSON.parse(readFileSync(manifest, 'utf8'))
  return typeof content === 'object' && content !== null && 'type' in content && content.type === 'module'
}

function unwrap(module: unknown): unknown {
  let exported = module
  for (let n = 0; n < maxDefaults && !isPuppetClass(exported); n++) {
    exported = typeof exported === 'object' && exported !== null && Reflect.get(exported, 'default')
  }
  return exported
}

/** By its shape: a puppet may be built on another copy of `wechaty-puppet`. */
function isPuppetClass(value: unknown): value is PuppetClass {
  if (typeof value !== 'function') return false
  const prototype: unknown = value.prototype
  const has = (member: string) => typeof Reflect.get(Object(prototype), member) === 'function'
  return ['start', 'stop', 'setMemory', 'messageSendText'].every(has)
}

function broken(name: string, error: unknown): MoltbotError {
  const reason = messageOf(error).slice(0, maxReasonLength)
  return new MoltbotError('puppet-broken', `"${name}" is installed, but cannot be loaded: ${reason}`, {
    cause: error,
  })
}
