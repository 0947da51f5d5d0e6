/**
 * How each turn of the agent went, for 90 days: for the trace of a message, and summed up for each day. Ids and figures
 * only, no texts of people.
 */

import { codeOf, type Logger, type ReplyPiece, type Turn } from '@moltbot/channel-sdk'
import type { Agent, AgentEvent } from '../agent/types.ts'
import type { ModelCost } from '../model/types.ts'
import { type Cost, costOf, type ModelUsage } from './cost.ts'

export interface TurnRecord {
  readonly turnId: string
  /** `provider/model`; empty where none is configured. */
  readonly model: string
  /** Milliseconds since the epoch. */
  readonly beganMs: number
  readonly durationMs: number
  readonly outcome: 'answered' | 'failed' | 'stopped'
  /** The error's code, where there is one. */
  readonly code: string
  /** Tokens, as the provider counts them. */
  readonly read: number
  readonly written: number
  /** The part of `read` that the provider had in its cache, and the part that it put there. */
  readonly cacheRead: number
  readonly cacheWritten: number
  /** How often each was called. */
  readonly tools: Readonly<Record<string, number>>
}

export interface UsageDay extends Cost {
  /** In local time, such as `2026-11-28`. */
  readonly day: string
  readonly accountId: string
  readonly turns: number
  readonly failed: number
  readonly read: number
  readonly written: number
  /** The part of `read` that the provider had in its cache. */
  readonly cacheRead: number
}

/** Days for which records are stored. */
const keptDays = 90
export const keptMs = keptDays * 24 * 60 * 60_000

/** A record with what it belongs to. */
export interface StoredRecord extends TurnRecord {
  readonly channelId: string
  readonly accountId: string
}

/** What an account used of one model on a day. */
export interface StoredUsage extends ModelUsage {
  /** Midnight. */
  readonly begin: Date
  readonly accountId: string
  readonly turns: number
  readonly failed: number
}

export interface RecordStore {
  /** Relaxed: a power failure, or on PostgreSQL the end of the process, costs the figures of the last second. Removes what is too old. */
  put(record: StoredRecord, nowMs: number): Promise<void>
  find(turnId: string): Promise<TurnRecord | undefined>
  /**
   * Newest day first, and in the order of the accounts.
   * @param midnights of today and of the days before it, newest first: what begins after one counts for that day
   */
  usage(midnights: readonly Date[]): Promise<readonly StoredUsage[]>
}

export interface TurnRecordsOptions {
  readonly store: RecordStore
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** The one that answers now. */
  readonly model: () => string | undefined
  /** By `provider/model`, as the configuration is now. Default: no model has a price. */
  readonly priceOf?: (model: string) => ModelCost | undefined
}

/** What is counted of a turn that runs. */
interface Counts {
  read: number
  written: number
  cacheRead: number
  cacheWritten: number
  readonly tools: Map<string, number>
}

export class TurnRecords {
  readonly #options: TurnRecordsOptions
  readonly #running = new Map<string, Counts>()

  constructor(options: TurnRecordsOptions) {
    this.#options = options
  }

  /** Counts what a running turn uses. */
  note({ id }: Pick<Turn, 'id'>, event: AgentEvent): void {
    const counts = this.#running.get(id)
    if (counts === undefined) return
    if (event.type === 'tokens') {
      counts.read += event.read
      counts.written += event.written
      counts.cacheRead += event.cacheRead ?? 0
      counts.cacheWritten += event.cacheWritten ?? 0
    }
    if (event.type === 'tool') counts.tools.set(event.tool, (counts.tools.get(event.tool) ?? 0) + 1)
  }

  /** Runs turns and records how they end. A record that cannot be stored costs no answer. */
  watch(runTurn: Agent['runTurn']): Agent['runTurn'] {
    const begin = (turn: Turn) => this.#begin(turn)
    return async function* (turn: Turn, signal: AbortSignal): AsyncGenerator<ReplyPiece> {
      const end = begin(turn)
      try {
        yield* runTurn(turn, signal)
        end('answered', '')
      } catch (error) {
        end(signal.aborted ? 'stopped' : 'failed', codeOf(error))
        throw error
      } finally {
        end('stopped', '') // Its reader went away; without effect after an end.
      }
    }
  }

  find(turnId: string): Promise<TurnRecord | undefined> {
    return this.#options.store.find(turnId)
  }

  /** Newest first, all at the present prices. */
  async days(): Promise<readonly UsageDay[]> {
    const { store, now, priceOf = () => undefined } = this.#options
    const today = new Date(now())
    const used = await store.usage(Array.from({ length: keptDays + 1 }, (_, ago) => midnight(today, ago)))
    const byDay = Map.groupBy(used, ({ begin, accountId }) => JSON.stringify([begin, accountId]))
    return [...byDay.values()].flatMap((models) => usageOf(models, priceOf) ?? [])
  }

  #begin(turn: Turn): (outcome: TurnRecord['outcome'], code: string) => void {
    const { now, model } = this.#options
    const counts: Counts = { read: 0, written: 0, cacheRead: 0, cacheWritten: 0, tools: new Map() }
    const beganMs = now()
    const began = performance.now()
    const name = model() ?? ''
    let hasEnded = false
    this.#running.set(turn.id, counts)
    return (outcome, code) => {
      if (hasEnded) return
      hasEnded = true
      if (this.#running.get(turn.id) === counts) this.#running.delete(turn.id)
      const { tools: called, ...tokens } = counts
      const durationMs = Math.round(performance.now() - began)
      const tools = Object.fromEntries(called)
      void this.#store(turn, {
        turnId: turn.id,
        model: name,
        beganMs,
        durationMs,
        outcome,
        code,
        ...tokens,
        tools,
      })
    }
  }

  async #store({ channelId, accountId }: Turn, record: TurnRecord): Promise<void> {
    const { store, log, now } = this.#options
    await store
      .put({ channelId, accountId, ...record }, now())
      .catch((error: unknown) =>
        log.warn({ err: error, turnId: record.turnId }, 'A turn could not be recorded'),
      )
  }
}

/** In the order of the columns of either store, without `seq`. */
export function valuesOf(record: StoredRecord): (string | number)[] {
  const { turnId, channelId, accountId, model, beganMs, durationMs, outcome, code } = record
  const { read, written, cacheRead, cacheWritten, tools } = record
  const ids = [turnId, channelId, accountId, model, beganMs, durationMs, outcome, code]
  return [...ids, read, written, cacheRead, cacheWritten, JSON.stringify(tools)]
}

/** A row of either store. */
export function recordOf(row: Readonly<Record<string, unknown>>): TurnRecord | undefined {
  const outcome = (['answered', 'failed', 'stopped'] as const).find((one) => one === row.outcome)
  if (outcome === undefined) return undefined
  return {
    turnId: String(row.turn_id),
    model: String(row.model),
    beganMs: Number(row.began_ms),
    durationMs: Number(row.duration_ms),
    outcome,
    code: String(row.code),
    read: Number(row.tokens_read),
    written: Number(row.tokens_written),
    cacheRead: Number(row.cache_read),
    cacheWritten: Number(row.cache_written),
    tools: toolsOf(String(row.tools)),
  }
}

function toolsOf(text: string): Record<string, number> {
  try {
    return Object.fromEntries(Object.entries(Object(JSON.parse(text))).map(([name, n]) => [name, Number(n)]))
  } catch {
    return {}
  }
}

/** The local one that began a day, so many days before it. */
function midnight(day: Date, daysBefore: number): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - daysBefore)
}

/** @param row figures of one model, of either store */
export function usageFrom(begin: Date, row: Readonly<Record<string, unknown>>): StoredUsage {
  return {
    begin,
    accountId: String(row.account_id),
    model: String(row.model),
    turns: Number(row.turns),
    failed: Number(row.failed),
    read: Number(row.tokens_read),
    written: Number(row.tokens_written),
    cacheRead: Number(row.cache_read),
    cacheWritten: Number(row.cache_written),
    uncounted: Number(row.uncounted),
  }
}

/** @param models of one account on one day */
function usageOf(
  models: readonly StoredUsage[],
  priceOf: (model: string) => ModelCost | undefined,
): UsageDay | undefined {
  const [first] = models
  if (first === undefined) return undefined
  const sum = (of: 'turns' | 'failed' | 'read' | 'written' | 'cacheRead') =>
    models.reduce((total, usage) => total + usage[of], 0)
  return {
    day: nameOf(first.begin),
    accountId: first.accountId,
    turns: sum('turns'),
    failed: sum('failed'),
    read: sum('read'),
    written: sum('written'),
    cacheRead: sum('cacheRead'),
    ...costOf(models, priceOf),
  }
}

function nameOf(day: Date): string {
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
  return parts.map((part) => String(part).padStart(2, '0')).join('-')
}
