/**
 * How each turn of the agent went, for 90 days: for the trace of a message, and summed up for each day. Ids and figures
 * only, no texts of people.
 */

import { setImmediate } from 'node:timers/promises'
import { codeOf, type Logger, type ReplyPiece, type Turn } from '@moltbot/channel-sdk'
import type { Database, Row } from '@moltbot/channel-sdk/sqlite'
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

const keptDays = 90
const keptMs = keptDays * 24 * 60 * 60_000
/** Bounds the file however many people write. */
const maxRecords = 500_000
const prunedAtOnce = 100

const put = `
  INSERT INTO turn_record
    (turn_id, channel_id, account_id, model, began_ms, duration_ms, outcome, code, tokens_read, tokens_written,
      cache_read, cache_written, tools)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const prune = `
  DELETE FROM turn_record WHERE seq IN (SELECT seq FROM turn_record
    WHERE began_ms < ? OR seq <= (SELECT max(seq) FROM turn_record) - ? ORDER BY seq LIMIT ${prunedAtOnce})`
const ofTurn = 'SELECT * FROM turn_record WHERE turn_id = ? ORDER BY seq DESC LIMIT 1'
const usageBetween = `
  SELECT account_id, model, count(*) AS turns, sum(outcome = 'failed') AS failed, sum(tokens_read) AS tokens_read,
    sum(tokens_written) AS tokens_written, sum(cache_read) AS cache_read, sum(cache_written) AS cache_written,
    sum(outcome = 'answered' AND tokens_read = 0 AND tokens_written = 0) AS uncounted
  FROM turn_record WHERE began_ms >= ? AND began_ms < ? GROUP BY account_id, model ORDER BY account_id, model`

export interface TurnRecordsOptions {
  /** Opened with `gatewayMigrations`. */
  readonly db: Database
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

  async find(turnId: string): Promise<TurnRecord | undefined> {
    const row = this.#options.db.get(ofTurn, turnId)
    return row && recordOf(row)
  }

  /** Newest first, all at the present prices. One query a day: a single one over all records would hold up the event loop for a second. */
  async days(): Promise<readonly UsageDay[]> {
    const { db, now, priceOf = () => undefined } = this.#options
    const today = new Date(now())
    const days: UsageDay[] = []
    for (let ago = 0; ago <= keptDays; ago++) {
      const begin = midnight(today, ago)
      const rows = db.all(usageBetween, begin.getTime(), midnight(today, ago - 1).getTime())
      days.push(...usageOf(begin, rows, priceOf))
      await setImmediate()
    }
    return days
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

  /** Relaxed: a power failure costs the figures of the last second. */
  async #store({ channelId, accountId }: Turn, record: TurnRecord): Promise<void> {
    const { db, log, now } = this.#options
    const { turnId, model, beganMs, durationMs, outcome, code, tools } = record
    const { read, written, cacheRead, cacheWritten } = record
    await db
      .write('relaxed', (writer) => {
        writer.run(
          put,
          turnId,
          channelId,
          accountId,
          model,
          beganMs,
          durationMs,
          outcome,
          code,
          read,
          written,
          cacheRead,
          cacheWritten,
          JSON.stringify(tools),
        )
        writer.run(prune, now() - keptMs, maxRecords)
      })
      .catch((error: unknown) => log.warn({ err: error, turnId }, 'A turn could not be recorded'))
  }
}

function recordOf(row: Row): TurnRecord | undefined {
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

/** @param rows of that day, one for each account and model, in the order of the accounts */
function usageOf(
  day: Date,
  rows: readonly Row[],
  priceOf: (model: string) => ModelCost | undefined,
): UsageDay[] {
  const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
  const name = [year, month, date].map((part) => String(part).padStart(2, '0')).join('-')
  return [...Map.groupBy(rows, (row) => String(row.account_id))].map(([accountId, models]) => {
    const sum = (column: string) => models.reduce((total, row) => total + Number(row[column]), 0)
    return {
      day: name,
      accountId,
      turns: sum('turns'),
      failed: sum('failed'),
      read: sum('tokens_read'),
      written: sum('tokens_written'),
      cacheRead: sum('cache_read'),
      ...costOf(models.map(modelUsageOf), priceOf),
    }
  })
}

function modelUsageOf(row: Row): ModelUsage {
  return {
    model: String(row.model),
    read: Number(row.tokens_read),
    written: Number(row.tokens_written),
    cacheRead: Number(row.cache_read),
    cacheWritten: Number(row.cache_written),
    uncounted: Number(row.uncounted),
  }
}
