/**
 * The packages of this repository in build order: a package comes after its dependencies.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..')

export const packageFolders = [
  'packages/channel-sdk',
  'packages/ilink-simulator',
  'packages/puppet-contract',
  'packages/puppet-ilink',
  'extensions/wechat',
  'packages/dashboard',
  'packages/gateway',
] as const

export interface PackageJson {
  readonly name: string
  readonly engines: { readonly node: string }
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
}

export function packageJson(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}
