/**
 * What the process does with signals and with unhandled errors, while it runs a gateway.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { Gateway } from './gateway-types.ts'
import { watchTerminal } from './terminal-watch.ts'

export interface ProcessEventsOptions {
  readonly log: Logger
  /** Undefined until the gateway has been started. */
  readonly gateway: () => Gateway | undefined
  /**
   * What SIGHUP means. reload: it reads the configuration again, or stops the gateway if the terminal in which it was
   * started is closed; stop: it always stops the gateway.
   */
  readonly hangup: 'reload' | 'stop'
}

/**
 * Under npm a Ctrl-C arrives twice: the terminal signals every process of the group, and npm passes on its own.
 * Stop signals that come this close together are one.
 */
const sameSignalMs = 300

/** Time that a terminal which is being closed has to disappear. */
const terminalClosesMs = 200

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
  process.on('SIGHUP', hangup === 'stop' ? stop : reloadOrStop(log, gateway))
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
    stopOrExit(gateway())
  }
}

/** Before the gateway has started nothing was accepted. */
function stopOrExit(running: Gateway | undefined): void {
  if (running === undefined) process.exit(0)
  inBackground(running.stop())
}

/** A closing terminal sends the signal first and disappears a moment later, and sends it more than once. */
function reloadOrStop(log: Logger, gateway: () => Gateway | undefined): () => void {
  const isClosed = watchTerminal()
  let isStopping = false
  const decide = () => {
    if (isStopping) return
    isStopping = isClosed()
    if (!isStopping) return inBackground(gateway()?.reload())
    log.info({ event: 'gateway.stopping', signal: 'SIGHUP' }, 'The terminal was closed; stopping')
    stopOrExit(gateway())
  }
  return () => void setTimeout(decide, terminalClosesMs)
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
