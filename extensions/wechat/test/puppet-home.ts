/**
 * A user's folder in which the acting puppet is installed, and child processes that are looked at from outside.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from './samples.ts'

export const actingPuppet = 'wechaty-puppet-acting'

/** A folder with `wechaty-puppet-acting` in it. @param folder defaults to a new one */
export function puppetHome(folder = temporaryFolder()): string {
  const source = pathToFileURL(join(import.meta.dirname, 'acting-puppet.ts')).href
  installPuppet(folder, actingPuppet, `export { default } from ${JSON.stringify(source)}`)
  return folder
}

/** A puppet of one file. */
export function installPuppet(folder: string, name: string, code: string): void {
  const home = join(folder, 'node_modules', name)
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, type: 'module', exports: './index.js' }))
  writeFileSync(join(home, 'index.js'), code)
}

/** Of a process that has ended and waits for its parent it is false. Linux only. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
