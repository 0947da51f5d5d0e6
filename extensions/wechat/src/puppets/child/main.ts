/**
 * The child process: hosts one puppet that this repository did not write. Whatever that puppet does, it does it here.
 * Started by `puppet-child.ts` with its run folder as the only argument.
 */

import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { describeError } from '../errors.ts'
import { type Host, hostPuppet } from './host.ts'
import { type Job, lateFailureCode, type Report } from './messages.ts'
import { startWatchdog } from './watchdog.ts'

const [, , runFolder] = process.argv
if (runFolder === undefined || process.send === undefined) {
  throw new Error('this file is started by the gateway')
}
startWatchdog(runFolder)
// Files of the puppet are for this user alone.
process.umask(0o077)
// Puppets let promises fail that no code waits for, and work on; the log shows it.
process.on('unhandledRejection', (reason) => console.error(reason))

let host: Promise<Host> | undefined
process.on('SIGTERM', stop)
process.once('message', (job: Job) => {
  host = hostPuppet(job, endLate)
  host.then(
    ({ capabilities }) => report({ type: 'ready', capabilities }),
    (error: unknown) => report(failure(error)),
  )
})

async function stop(): Promise<never> {
  try {
    await (await host)?.stop()
  } catch (error) {
    console.error(error)
  }
  process.exit(0)
}

function endLate(error: unknown): never {
  console.error(describeError(error))
  process.exit(lateFailureCode)
}

function failure(error: unknown): Report {
  const { code, retryable } =
    error instanceof MoltbotError ? error : { code: 'puppet-not-ready', retryable: true }
  return { type: 'failed', code, message: messageOf(error), retryable }
}

function report(report: Report): void {
  process.send?.(report)
}
