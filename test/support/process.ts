/**
 * Child processes of the end-to-end tests, with their output and their exit.
 */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

export interface RunningProcess {
  readonly pid: number
  /** All output so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves with the exit code or the name of the signal. */
  readonly exited: Promise<number | NodeJS.Signals>
  kill(signal: NodeJS.Signals): void
  /** Writes to its standard input. */
  type(text: string): void
  /** Ends its standard input. */
  end(): void
}

/**
 * Starts a JavaScript file of this repository on the Node that runs the tests.
 * @param under a command that starts Node in its turn, such as a tracer with its flags
 */
export function startNode(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  under: readonly string[] = [],
): RunningProcess {
  const [command = process.execPath, ...rest] = [...under, process.execPath, resolve(root, file), ...args]
  const child: ChildProcessWithoutNullStreams = spawn(command, rest, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  if (child.pid === undefined) throw new Error(`${file} did not start`)
  return {
    pid: child.pid,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    exited: once(child, 'close').then(([code, signal]) => code ?? signal),
    kill: (signal) => {
      child.kill(signal)
    },
    type: (text) => {
      child.stdin.write(text)
    },
    end: () => {
      child.stdin.end()
    },
  }
}

/** Runs a script to its end. */
export async function runNode(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const running = startNode(file, args, env)
  const code = await running.exited
  return { code, stdout: running.stdout(), stderr: running.stderr() }
}

/** Polls until `look` returns a value. @throws after `timeoutMs`, with the text of `context` */
export async function until<Found>(
  look: () => Found | undefined | Promise<Found | undefined>,
  context: () => string = () => '',
  timeoutMs = 15_000,
): Promise<Found> {
  const endMs = Date.now() + timeoutMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > endMs) throw new Error(`nothing came within ${timeoutMs} ms\n${context()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Processes with this text in their environment, such as the folder of a gateway and its child processes. Linux only. */
export function processesWith(text: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text)
    } catch {
      return false // It has ended, or belongs to another user.
    }
  })
}
