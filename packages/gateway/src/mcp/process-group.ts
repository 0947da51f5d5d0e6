/**
 * A child process that ends with all that it started: on POSIX it leads a process group of its own, and signals go to
 * the group, since a launcher such as `npx` does not hand them on.
 */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

const hasGroups = process.platform !== 'win32'

/** Those that run now. However this process ends, as long as it ends by itself, they end before it. */
const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL')
})

export function spawnGroup(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: hasGroups, windowsHide: true })
  if (child.pid === undefined) return child // It could not be started: `error` follows.
  running.add(child)
  child.once('exit', () => {
    signalGroup(child, 'SIGKILL') // What the leader left behind.
    running.delete(child)
  })
  return child
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(hasGroups ? -pid : pid, signal)
  } catch {
    // It has ended already.
  }
}

export interface Graces {
  /** For ending by itself, its standard input being closed. */
  readonly askedMs: number
  /** For ending after SIGTERM. */
  readonly toldMs: number
}

/** Resolves when the child has ended. The steps are those of the MCP specification, "Shutdown" over stdio. */
export async function endGroup(child: ChildProcess, { askedMs, toldMs }: Graces): Promise<void> {
  if (!running.has(child)) return
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  child.once('exit', () => resolve())
  child.stdin?.end()
  const timers = [
    setTimeout(() => signalGroup(child, 'SIGTERM'), askedMs),
    setTimeout(() => signalGroup(child, 'SIGKILL'), askedMs + toldMs),
  ]
  await ended
  for (const timer of timers) clearTimeout(timer)
}
