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
startWatchdog(runFolder)
// Files of the puppet are for this user alone.
process.umask(0o077)
// Puppets let promises fail that no code waits for, and work on; the log shows it.
process.on('unhandledRejection', (reason) => console.error(reason))

loadModulesLate()
const hosting = import('./host.ts')

let host: Promise<Host> | undefined
process.on('SIGTERM', stop)
process.once('message', (job: Job) => {
  host = hosting.then(({ hostPuppet }) => hostPuppet(job, endLate))
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

async function endLate(error: unknown): Promise<never> {
  console.error(describeError(error))
  await leaveNothing(runFolder)
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
