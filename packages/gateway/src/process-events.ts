/**
 * What the process does with signals and with unhandled errors, while it runs a gateway.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { Gateway } from './gateway.ts'

export interface ProcessEventsOptions {
  readonly log: Logger
  /** Undefined until the gateway has been started. */
  readonly gateway: () => Gateway | undefined
  /** SIGHUP means "reload"; a gateway that belongs to its terminal stops with it instead. */
  readonly hangup: 'reload' | 'stop'
}

/**
 * Under npm a Ctrl-C arrives twice: the terminal signals every process of the group, and npm passes on its own.
 * Stop signals that come this close together are one.
 */
const sameSignalMs = 300

/**
 * After an uncaught error nothing in memory can be trusted, while everything on disk is whole: the service is
 * closed and opened again, so that one account's fault does not end the others. An error that comes back so often
 * is not cured by that; the process ends with exit code 1, and what watches over it decides.
 */
const maxUncaught = 3
const uncaughtWindowMs = 60_000

export function handleProcessEvents({ log, gateway, hangup }: ProcessEventsOptions): void {
  const stop = stopOnSignal(log, gateway)
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', hangup === 'stop' ? stop : () => inBackground(gateway()?.reload()))
  process.on('SIGUSR1', () => inBackground(gateway()?.restart()))
  process.on('unhandledRejection', (reason) => {
    gateway()?.noteUnhandled()
    log.error(
      { event: 'process.unhandled-rejection', err: reason },
      'A promise was rejected without a handler',
    )
  })
  process.on('uncaughtException', recoverFromUncaught(log, gateway))
}

function stopOnSignal(log: Logger, gateway: () => Gateway | undefined): (signal: NodeJS.Signals) => void {
  let firstAtMs: number | undefined
  return (signal) => {
    const nowMs = performance.now()
    if (firstAtMs !== undefined) {
      if (nowMs - firstAtMs > sameSignalMs) process.exit(1)
      return
    }
    firstAtMs = nowMs
    log.info({ event: 'gateway.stopping', signal }, 'Stopping; a second signal ends at once')
    const running = gateway()
    if (running === undefined) process.exit(0) // Nothing was accepted yet.
    inBackground(running.stop())
  }
}

function recoverFromUncaught(log: Logger, gateway: () => Gateway | undefined): (error: Error) => void {
  const seenAtMs: number[] = []
  return (error) => {
    const nowMs = performance.now()
    seenAtMs.push(nowMs)
    while ((seenAtMs[0] ?? nowMs) < nowMs - uncaughtWindowMs) seenAtMs.shift()
    log.error({ event: 'process.uncaught-exception', err: error }, 'An error was thrown and not caught')
    const running = gateway()
    if (running === undefined || seenAtMs.length >= maxUncaught) process.exit(1)
    running.noteUnhandled()
    inBackground(running.restart())
  }
}

/** The gateway logs the failures of these itself. */
function inBackground(work: Promise<void> | undefined): void {
  work?.catch(() => undefined)
}
