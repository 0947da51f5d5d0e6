/**
 * Finds installed extensions by their manifest, so that the gateway names none of them.
 */

import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type ChannelPlugin, messageOf, type PluginManifest } from '@moltbot/channel-sdk'
import { brokenExtension, manifestName, readManifest } from './manifest.ts'

export interface Extension {
  readonly manifest: PluginManifest
  readonly folder: string
}

/**
 * Every installed package with a manifest, whatever its name or scope, in a `node_modules` folder of `start` or above it;
 * of two with one id the nearer counts.
 * @param start defaults to the gateway's own package.
 * @throws `extension-broken` for an invalid manifest.
 */
export function discoverExtensions(start = dirname(fileURLToPath(import.meta.url))): Extension[] {
  const found = new Map<string, Extension>()
  for (const folder of upwards(start).flatMap(extensionFolders)) {
    const manifest = readManifest(folder)
    if (!found.has(manifest.id)) found.set(manifest.id, { manifest, folder })
  }
  return [...found.values()]
}

/** The plugins of all installed extensions. @throws `extension-broken`. */
export function loadInstalledPlugins(): Promise<ChannelPlugin[]> {
  return Promise.all(discoverExtensions().map(loadPlugin))
}

/**
 * Imports the plugin of an extension: its source in a checkout, its build in an installation.
 * @throws `extension-broken` when it does not load or does not export a channel plugin.
 */
export async function loadPlugin({ manifest, folder }: Extension): Promise<ChannelPlugin> {
  const file = entryFile(manifest, folder)
  const module: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw brokenExtension(file, messageOf(error), error)
  })
  const plugin = typeof module === 'object' && module !== null && 'default' in module && module.default
  if (!isChannelPlugin(plugin)) throw brokenExtension(file, 'its default export is not a channel plugin')
  if (!manifest.channels.includes(plugin.id)) {
    throw brokenExtension(join(folder, manifestName), `it does not list the channel "${plugin.id}"`)
  }
  return plugin
}

/** Node strips types everywhere but under `node_modules`; a workspace's real path is outside. */
function entryFile(manifest: PluginManifest, folder: string): string {
  const real = realpathSync(folder)
  const source = manifest.source === undefined ? undefined : join(real, manifest.source)
  const installed = real.split(sep).includes('node_modules')
  return source !== undefined && !installed && existsSync(source) ? source : join(real, manifest.entry)
}

function extensionFolders(parent: string): string[] {
  const packages = entriesOf(join(parent, 'node_modules')).flatMap((folder) =>
    basename(folder).startsWith('@') ? entriesOf(folder) : [folder],
  )
  return packages.filter((folder) => existsSync(join(folder, manifestName)))
}

/** What stands in a folder, by name; nothing if there is none. */
function entriesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
}

function upwards(start: string): string[] {
  const parent = dirname(start)
  return parent === start ? [start] : [start, ...upwards(parent)]
}

function isChannelPlugin(value: unknown): value is ChannelPlugin {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'label' in value &&
    typeof value.label === 'string' &&
    'configSchema' in value &&
    typeof value.configSchema === 'object' &&
    'create' in value &&
    typeof value.create === 'function' &&
    'warnings' in value &&
    typeof value.warnings === 'function'
  )
}
