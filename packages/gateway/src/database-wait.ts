/**
 * A gateway whose database cannot be used when it starts does not end: it says why, and tries again until it can.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { type Logger, MoltbotError } from '@moltbot/channel-sdk'
import { databaseProblems } from '@moltbot/channel-sdk/sql'

const retryMs = 1_000

export class DatabaseWait {
  readonly #log: Logger
  readonly #begun = Promise.withResolvers<void>()
  #problem: string | undefined

  constructor(log: Logger) {
    this.#log = log
  }

  /** Why the database cannot be opened. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Resolves when the database could not be opened at once. */
  get begun(): Promise<void> {
    return this.#begun.promise
  }

  /** Repeats `open` while it fails because of the database. @throws what else it throws, and the reason of `signal` */
  async until<Opened>(open: () => Promise<Opened>, signal: AbortSignal): Promise<Opened> {
    for (;;) {
      try {
        const opened = await open()
        this.#problem = undefined
        return opened
      } catch (error) {
        if (!isDatabaseProblem(error)) throw error
        this.#note(error)
        await pause(retryMs, undefined, { signal }).catch(() => signal.throwIfAborted())
      }
    }
  }

  #note({ code, message }: MoltbotError): void {
    if (this.#problem !== message) this.#log.error({ event: 'database.problem', code }, message)
    this.#problem = message
    this.#begun.resolve()
  }
}

function isDatabaseProblem(error: unknown): error is MoltbotError {
  return error instanceof MoltbotError && databaseProblems.some((code) => code === error.code)
}
