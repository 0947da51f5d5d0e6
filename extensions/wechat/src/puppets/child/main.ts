/**
 * The child process: hosts one puppet that this repository did not write. Whatever that puppet does, it does it here.
 * Started by `puppet-child.ts` with its run folder as the only argument.
 */

import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { describeError } from '../errors.ts'
import { loadModulesLate } from '../late-modules.ts'
import type { Host } from './host.ts'
import { type Job, lateFailureCode, type Report } from './messages.ts'
import { leaveNothing, startWatchdog } from './watchdog.ts'

const [, , runFolder = ''] = process.argv
if (runFolder === '' || process.send === undefined) throw new Error('this file is started by the gateway')
// A process that is confined may start no thread; the gateway gives it a guard instead.
if (process.permission === undefined) startWatchdog(runFolder)
// Files of the puppet are for this user alone.
process.umask(0o077)
// Puppets let promises fail that no code waits for, and work on; the log shows it.
process.on('unhandledRejection', (reason) => console.error(reason))

loadModulesLate()
const hosting = import('./host.ts')

/** Any but 0 and `lateFailureCode`. */
const stoppedCode = 1

let host: Promise<Host> | undefined
process.on('SIGTERM', stop)
process.once('message', (job: Job) => {
  host = hosting.then(({ hostPuppet }) =>
    hostPuppet(job, {
      onStartFailed: (error) => endWith(lateFailureCode, error),
      onStopped: () => endWith(stoppedCode, 'the puppet stopped by itself'),
    }),
  )
  host.then(
    ({ capabilities }) => report({ type: 'ready', capabilities }),
    (error: unknown) => report(failure(error)),
  )
})

async function stop(): Promise<void> {
  try {
    await (await host)?.stop()
  } catch (error) {
    console.error(error)
  }
  await leaveNothing(runFolder)
  // Node can hang in its own exit, and by then the watchdog is gone. Everything is saved.
  process.kill(process.pid, 'SIGKILL')
}

/** The reason is the last output, which the gateway shows. */
async function endWith(code: number, reason: unknown): Promise<never> {
  console.error(describeError(reason))
  await leaveNothing(runFolder)
  process.exit(code)
}

function failure(error: unknown): Report {
  const { code, retryable } =
    error instanceof MoltbotError ? error : { code: 'puppet-not-ready', retryable: true }
  return { type: 'failed', code, message: withHint(messageOf(error)), retryable }
}

/** Node's words for what a confined process may not do: files and programs, native code, SQLite. */
const refusedByNode =
  /Access to this API has been restricted|Cannot load native addon|No such built-in module: node:sqlite/

function withHint(message: string): string {
  if (!refusedByNode.test(message)) return message
  return `${message} (puppetAccess: "user" lets this puppet do all that the gateway's user may do)`
}

function report(report: Report): void {
  process.send?.(report)
}
