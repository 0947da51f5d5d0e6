/**
 * What a foreign puppet may do on this machine, by Node's permission model: read the packages that it consists of, write in
 * its own folders, and nothing else. It starts no program and loads no native code, with which it could do the rest.
 */

import { existsSync, realpathSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { basename, dirname, join } from 'node:path'

export interface ConfinementOptions {
  /** Folder of the puppet's package. */
  readonly packageFolder: string
  /** The puppet's own folders. */
  readonly writable: readonly string[]
}

/** Flags for Node. No worker is allowed: one that is started with other flags would have other permissions. */
export function confinementFlags({ packageFolder, writable }: ConfinementOptions): string[] {
  const readable = new Set([...codeOfChannel(), ...codeOf(packageFolder), ...writable])
  return [
    '--permission',
    // SQLite opens files past the permissions (Node 24.21).
    '--no-experimental-sqlite',
    ...[...readable].map((folder) => `--allow-fs-read=${join(folder, '/')}`),
    ...writable.map((folder) => `--allow-fs-write=${join(folder, '/')}`),
  ]
}

/** In a checkout the packages of the workspace are not in `node_modules`, but linked from there. */
function codeOfChannel(): string[] {
  const sdk = packageOf(findPackageJSON('@moltbot/channel-sdk', import.meta.url))
  return [...codeOf(packageOf(findPackageJSON(import.meta.url))), sdk, realpathSync(sdk)]
}

/** A package, and every folder in which Node looks for what it imports. */
function codeOf(folder: string): string[] {
  const real = realpathSync(folder)
  return [folder, real, ...modulesAbove(folder), ...modulesAbove(real)]
}

function modulesAbove(folder: string): string[] {
  const parent = dirname(folder)
  const here = basename(folder) === 'node_modules' ? folder : join(folder, 'node_modules')
  const found = existsSync(here) ? [here] : []
  return parent === folder ? found : [...found, ...modulesAbove(parent)]
}

function packageOf(manifest: string | undefined): string {
  if (manifest === undefined) throw new Error('a package of this channel has no package.json')
  return dirname(manifest)
}
