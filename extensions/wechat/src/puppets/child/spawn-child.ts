/**
 * Starts the process of a child: with which flags, in which surroundings, and with which end of the gateway's pipes.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { homeDir, MoltbotError } from '@moltbot/channel-sdk'
import type { PuppetAccess } from '../../config/account-schema.ts'
import { confinementFlags } from './confinement.ts'
import { puppetEnvironment } from './environment.ts'
import { guardChild } from './guard.ts'

export interface ChildPlace {
  /** Folder of the puppet's package. */
  readonly packageFolder: string
  /** The puppet's own folder. */
  readonly stateDir: string
  /** For its socket and its temporary files, see `makeRunFolder`. */
  readonly runFolder: string
  readonly access: PuppetAccess
}

/** A puppet waits for the network: the speed that these cost does not matter, and they save 30 MiB. */
const sizeFlags = ['--optimize-for-size', '--max-semi-space-size=1', '--no-deprecation']
/** The shortest `sun_path` of the systems Node runs on, macOS's, less its closing zero. */
const maxSocketPathBytes = 103

/** @param onUnguarded called when nothing would end a child that hangs, if the gateway is killed */
export function spawnChild(place: ChildPlace, onUnguarded: (error: Error) => void): ChildProcess {
  const { stateDir, runFolder } = place
  const home = join(stateDir, 'home')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const suffix = extname(import.meta.filename)
  const file = join(import.meta.dirname, `main${suffix}`)
  const child = spawn(process.execPath, [...flagsFor(place, suffix), file, runFolder], {
    cwd: home,
    detached: true,
    env: puppetEnvironment(process.env, { home, temporary: runFolder, userHome: homeDir() }),
    // The fourth is the lifeline: the child lives as long as this process holds its end.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
  })
  child.stdio[3]?.on('error', () => undefined)
  const { pid } = child
  if (pid !== undefined && place.access === 'own')
    child.once('exit', guardChild({ pid, runFolder }, onUnguarded))
  return child
}

function flagsFor({ packageFolder, stateDir, runFolder, access }: ChildPlace, suffix: string): string[] {
  // In a checkout the packages of the workspace are found as sources.
  const conditions = suffix === '.ts' ? ['--conditions=@moltbot/source'] : []
  const writable = [stateDir, runFolder]
  return [
    ...conditions,
    ...sizeFlags,
    ...(access === 'own' ? confinementFlags({ packageFolder, writable }) : []),
  ]
}

/** Short, since the path of a socket is; only this user can look into it. @throws `puppet-child-unsupported` */
export function makeRunFolder(): string {
  if (process.platform === 'win32') {
    const message =
      'a puppet in a process of its own needs unix sockets; on Windows run it as a hosted service'
    throw new MoltbotError('puppet-child-unsupported', message)
  }
  const longest = maxSocketPathBytes - Buffer.byteLength('/moltbot-XXXXXX/puppet.sock')
  const parent = Buffer.byteLength(tmpdir()) <= longest ? tmpdir() : '/tmp'
  return mkdtempSync(join(parent, 'moltbot-'))
}
