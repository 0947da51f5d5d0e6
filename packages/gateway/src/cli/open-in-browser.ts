/**
 * Opens a file in the browser of the person at this machine, by the system's own program for that.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'

/** A program that has not failed by then is waiting for the browser that it started. */
const startMs = 3_000

/** @returns false where there is no screen or no browser */
export async function openInBrowser(file: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const program = openerOf(process.platform, env)
  if (program === undefined) return false
  const [command, ...args] = program
  const child = spawn(command, [...args, pathToFileURL(file).href], { stdio: 'ignore', detached: true, env })
  child.unref()
  const ended = once(child, 'exit').then(
    ([code]) => code === 0,
    () => false,
  )
  const { promise: started, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(true), startMs)
  return Promise.race([ended, started]).finally(() => clearTimeout(timer))
}

/** The command that takes the address; undefined where there is no screen. */
function openerOf(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME ? ['xdg-open'] : undefined
}
