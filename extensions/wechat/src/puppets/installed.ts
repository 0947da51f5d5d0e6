/**
 * Where a puppet's package is. A person installs it beside their configuration; npm may also have put it beside this
 * channel. Looked for as Node does, from a folder upwards.
 */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { isPackageName, looksMistyped, shortNamesList } from '../config/puppet-names.ts'
import { knownPuppet } from './catalogue.ts'

export interface InstalledPackage {
  /** The package's own folder. */
  readonly folder: string
  readonly version: string
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
    throw new MoltbotError('puppet-name-invalid', `${JSON.stringify(name)} is no name of an npm package`)
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
    return 'unknown' // Whoever loads the package hears what is wrong with it.
  }
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}
