/**
 * What one gateway asks of another, as rows of the shared database. A gateway that cannot reach the database holds no
 * account, so nothing needs to be asked of it; and whoever can write such a row can write everything else there too, so no
 * address has to be proven and no port be open between the machines.
 */

import { randomUUID } from 'node:crypto'
import { codeOf, type Logger, MoltbotError, messageOf, withDeadline } from '@moltbot/channel-sdk'
import type { SqlSession } from '@moltbot/channel-sdk/sql'
import { z } from 'zod'
import type { Members } from './members.ts'

/** Wakes every gateway: there is a command or an answer. Carries nothing. */
export const commandsChannel = 'moltbot_commands'

export interface CommandsOptions {
  readonly db: SqlSession
  readonly members: Members
  /** The id of this gateway's row. */
  readonly id: () => string
  /** Does here what another gateway asks. @throws what it throws is the answer there */
  readonly run: (request: unknown) => Promise<unknown>
  readonly log: Logger
}

const answerSchema = z.union([
  z.object({ value: z.unknown() }),
  z.object({ code: z.string(), message: z.string(), retryable: z.boolean(), certain: z.boolean() }),
])
type Answer = z.output<typeof answerSchema>

const takenRow = z.object({ id: z.string(), request: z.string() })
const answerRow = z.object({ id: z.string(), answer: z.string() })

const sql = {
  // Nothing is asked of a gateway that is gone.
  ask: `
    INSERT INTO cluster.command (id, sender_id, target_id, request)
    SELECT $1, $2, id, $4 FROM cluster.member WHERE id = $3 RETURNING id`,
  withdraw: 'DELETE FROM cluster.command WHERE id = $1 AND NOT is_taken RETURNING id',
  take: 'UPDATE cluster.command SET is_taken = true WHERE target_id = $1 AND NOT is_taken RETURNING id, request',
  answer: 'UPDATE cluster.command SET answer = $2 WHERE id = $1',
  collect: 'DELETE FROM cluster.command WHERE sender_id = $1 AND answer IS NOT NULL RETURNING id, answer',
}

/** Longer than what the control plane waits for inside a gateway. */
const answerTimeoutMs = 12_000

interface Asked {
  resolve(answer: Answer): void
  reject(error: Error): void
  readonly target: string
}

export class Commands {
  readonly #options: CommandsOptions
  readonly #asked = new Map<string, Asked>()

  constructor(options: CommandsOptions) {
    this.#options = options
  }

  /**
   * Has another gateway do something.
   * @throws what it threw there; `gateway-silent` where it did not answer, certain where it did not begin
   */
  async ask(target: string, request: unknown): Promise<unknown> {
    const { db, members, id: own } = this.#options
    const id = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    promise.catch(() => undefined) // It may end before it is waited for.
    this.#asked.set(id, { resolve, reject, target })
    try {
      const isAsked = (await db.query(sql.ask, [id, own(), target, JSON.stringify(request)])).length > 0
      if (!isAsked) throw silent(true)
      await members.wake(commandsChannel)
      const answer = await withDeadline(() => promise, { ms: answerTimeoutMs })
      if ('value' in answer) return answer.value
      const { code, message, ...facts } = answer
      throw new MoltbotError(code, message, facts)
    } catch (error) {
      if (codeOf(error) !== 'deadline') throw error
      const isUndone = (await db.query(sql.withdraw, [id])).length > 0
      throw silent(isUndone)
    } finally {
      this.#asked.delete(id)
    }
  }

  /** Does what was asked of this gateway, and hands on what was answered to it. Never rejects. */
  async look(): Promise<void> {
    await Promise.all([this.#serve(), this.#collect()]).catch((error: unknown) => {
      this.#options.log.warn({ error: messageOf(error) }, 'Commands of other gateways could not be read')
    })
  }

  /** Ends the wait for answers of gateways that are gone. @param live ids of those that are not */
  prune(live: ReadonlySet<string>): void {
    for (const { target, reject } of this.#asked.values()) if (!live.has(target)) reject(silent(false))
  }

  async #serve(): Promise<void> {
    const { db, id } = this.#options
    const taken = z.array(takenRow).parse(await db.query(sql.take, [id()]))
    for (const { id, request } of taken) void this.#answer(id, JSON.parse(request))
  }

  async #answer(id: string, request: unknown): Promise<void> {
    const { db, members, run, log } = this.#options
    const answer: Answer = await run(request).then((value) => ({ value: value ?? null }), failureOf)
    try {
      await db.query(sql.answer, [id, JSON.stringify(answer)])
      await members.wake(commandsChannel)
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'A command of another gateway could not be answered')
    }
  }

  async #collect(): Promise<void> {
    const { db, id } = this.#options
    if (this.#asked.size === 0) return
    const rows = z.array(answerRow).parse(await db.query(sql.collect, [id()]))
    for (const { id, answer } of rows) this.#asked.get(id)?.resolve(answerSchema.parse(JSON.parse(answer)))
  }
}

function failureOf(error: unknown): Answer {
  const { retryable = false, certain = false } = error instanceof MoltbotError ? error : {}
  return { code: codeOf(error), message: messageOf(error), retryable, certain }
}

/** @param isUndone the other gateway has not begun, and will not */
function silent(isUndone: boolean): MoltbotError {
  const message = isUndone
    ? 'the gateway that serves the account did not answer; nothing was done'
    : 'the gateway that serves the account did not answer; it may have been done'
  return new MoltbotError('gateway-silent', message, { retryable: true, certain: isUndone })
}
