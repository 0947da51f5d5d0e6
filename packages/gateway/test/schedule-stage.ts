/**
 * A runner of schedules over a real store, with a clock that the test owns, and a channel and an agent of a few lines.
 */

import { join } from 'node:path'
import {
  MoltbotError,
  type ReplyPiece,
  type SendForecast,
  type SendOutcome,
  type Turn,
} from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { schedulesSchema } from '../src/config/schedules-schema.ts'
import { gatewayMigrations } from '../src/gateway-database.ts'
import { ScheduleRunner } from '../src/schedules/runner.ts'
import type { Schedule } from '../src/schedules/schedule.ts'
import { createScheduleStore } from '../src/schedules/sqlite-schedules.ts'
import { loggerTo } from './agent-stage.ts'
import { scheduleOf } from './schedule-store-contract.ts'
import { scratch } from './scratch.ts'

const limits = { perPerson: 100, perAccount: 100 }

export function scheduleStage(config: object = {}) {
  const file = join(scratch(), 'gateway.sqlite')
  const { db } = openDatabase(file, gatewayMigrations)
  const store = createScheduleStore(db)
  const lines: string[] = []
  const stage = {
    store,
    lines,
    nowMs: Date.UTC(2026, 10, 28, 8),
    config: schedulesSchema.parse(config),
    forecast: { outcome: 'sent' } as SendForecast,
    /** What the channel has, by id; what has none is numbered. */
    sent: new Map<string, { text: string; outcome: SendOutcome }>(),
    turns: [] as Turn[],
    answer: async (_turn: Turn): Promise<ReplyPiece> => ({ text: 'an answer' }),
    /** Thrown by the next sends. */
    failures: [] as Error[],
    forecastFailures: [] as Error[],
    runner: undefined as unknown as ScheduleRunner,
    /** A gateway that starts; the one before is as if it was killed. */
    async start(owner: string) {
      stage.runner = new ScheduleRunner({
        store,
        config: () => stage.config,
        turnTimeoutMs: () => 60_000,
        owner,
        now: () => stage.nowMs,
        log: loggerTo(lines),
        ports: {
          forecast: async () => {
            const failure = stage.forecastFailures.shift()
            if (failure !== undefined) throw failure
            return stage.forecast
          },
          outcome: async (_accountId, id) => stage.sent.get(id)?.outcome,
          explain: async () => ({
            action: 'dispatch',
            reason: 'dm-open',
            steps: [],
            tools: [{ deny: ['secret'] }],
          }),
          channelOf: async () => 'wechat',
          send: async ({ id = `message ${stage.sent.size}`, text, queue }) => {
            const failure = stage.failures.shift()
            if (failure !== undefined) throw failure
            const isQueued = stage.forecast.outcome === 'queued'
            if (isQueued && !queue) throw new MoltbotError('not-sent', 'not now')
            const outcome = {
              status: isQueued ? 'queued' : 'sent',
              chunks: 1,
              sent: isQueued ? 0 : 1,
            } as const
            if (!stage.sent.has(id)) stage.sent.set(id, { text, outcome })
            return stage.forecast.outcome === 'queued' ? { ...outcome, wait: stage.forecast.wait } : outcome
          },
          async *runTurn(turn) {
            stage.turns.push(turn)
            yield await stage.answer(turn)
          },
        },
      })
      await stage.runner.takeOver()
    },
    add: (id: string, change: Partial<Schedule> = {}) =>
      store.add(scheduleOf(id, { nextMs: stage.nowMs, when: { atMs: stage.nowMs }, ...change }), limits),
    /** Moves the clock, and lets the gateway do what is due then. */
    async after(ms: number) {
      stage.nowMs += ms
      await stage.runner.tick()
      await stage.runner.settled()
    },
    texts: () => [...stage.sent.values()].map(({ text }) => text),
    states: async (id: string) => (await store.runsOf(id, 20)).map(({ state }) => state),
    close: () => db.close(),
  }
  return stage
}
