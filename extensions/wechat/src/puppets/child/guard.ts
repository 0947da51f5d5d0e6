/**
 * Ends a confined child when the gateway has ended. Such a child has no thread that could do it, see `watchdog.ts`: Node's
 * permissions do not hold in a worker that the puppet starts with flags of its own. So a shell waits beside it for the end
 * of a pipe, which the kernel closes however the gateway ends.
 */

import { spawn } from 'node:child_process'

/** A confined child has started no other process, so its group is all there is of it. */
const script = 'read _; kill -s KILL -- "-$1" 2>/dev/null; rm -rf -- "$2"'

export interface Guarded {
  readonly pid: number
  readonly runFolder: string
}

/** @returns ends the guard, when the child has ended */
export function guardChild({ pid, runFolder }: Guarded, onFailure: (error: Error) => void): () => void {
  const guard = spawn('/bin/sh', ['-c', script, 'sh', String(pid), runFolder], {
    // A signal from the terminal is for the gateway.
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', onFailure)
  guard.stdin?.on('error', () => undefined)
  guard.unref()
  return () => guard.kill('SIGKILL')
}
