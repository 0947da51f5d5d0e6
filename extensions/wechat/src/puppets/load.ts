/**
 * From a puppet's npm name to its class, in the process that is to hold it. Only a package's ESM build is taken: the
 * CommonJS one would bring second copies of what puppets share with Wechaty.
 */

import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { resolve } from 'import-meta-resolve'
import type { Puppet } from 'wechaty-puppet'
import { type InstalledPackage, requirePackage } from './installed.ts'

export type PuppetClass = new (options: Record<string, unknown>) => Puppet

/** Compiled packages wrap a default export in another, and that in a third. */
const maxDefaults = 3
/** Of what a package says when it cannot be imported. */
const maxReasonLength = 500

/**
 * @param name npm package name
 * @param configDir the folder of the user's configuration, where the search begins
 * @throws `puppet-missing`, `puppet-not-esm`, `puppet-broken`, `puppet-invalid`: none of them passes by itself
 */
export async function loadPuppetClass(name: string, configDir?: string): Promise<PuppetClass> {
  const entry = entryOf(name, requirePackage(name, configDir))
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
function entryOf(name: string, { folder }: InstalledPackage): string {
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

/** By its shape: a puppet may stand on another copy of `wechaty-puppet`. */
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
