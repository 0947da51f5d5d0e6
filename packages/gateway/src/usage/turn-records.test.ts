import { MoltbotError, type ReplyPiece, type Turn } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { postgresStage } from '../../test/postgres-stage.ts'
import { scratch } from '../../test/scratch.ts'
import { gatewayMigrations } from '../gateway-database.ts'
import { createLog } from '../log/logger.ts'
import type { ModelCost } from '../model/types.ts'
import { postgresRecords } from './postgres-records.ts'
import { sqliteRecords } from './sqlite-records.ts'
import { type RecordStore, TurnRecords } from './turn-records.ts'

const day = 24 * 60 * 60_000
const noon = new Date(2026, 10, 28, 12).getTime()

let nowMs: number
let records: TurnRecords
let model: string
let price: ModelCost | undefined
let close: () => Promise<void>

async function open(store: RecordStore): Promise<void> {
  nowMs = noon
  model = 'p/m'
  price = undefined
  const { logger } = createLog({ format: 'json', write: () => undefined })
  records = new TurnRecords({
    store,
    log: logger,
    now: () => nowMs,
    model: () => model,
    priceOf: () => price,
  })
}
afterEach(() => close())

const turnOf = (id: string, accountId = 'a'): Turn => ({
  id,
  channelId: 'c',
  accountId,
  conversation: { kind: 'direct', id: 'u' },
  sender: { id: 'u' },
  attempt: 1,
  messages: [],
  historyLimit: 0,
})

/** Runs a turn that uses tokens and a tool, and ends as `end` does. */
async function run(
  id: string,
  { accountId = 'a', end = () => {}, signal = new AbortController().signal } = {},
) {
  const turn = turnOf(id, accountId)
  const watched = records.watch(async function* (): AsyncGenerator<ReplyPiece> {
    records.note(turn, { type: 'tokens', read: 10, written: 2, cacheRead: 4, cacheWritten: 1 })
    records.note(turn, { type: 'tool', tool: 'time', outcome: 'ok' })
    records.note(turn, { type: 'tool', tool: 'time', outcome: 'failed' })
    yield { text: 'hi' }
    end()
  })
  try {
    for await (const _ of watched(turn, signal));
  } catch {
    // It is in the record.
  }
  await expect.poll(() => records.find(id)).toBeDefined()
}

describe('turn records in SQLite', () => {
  beforeEach(async () => {
    const { db } = openDatabase(`${scratch()}/gateway.sqlite`, gatewayMigrations)
    close = () => db.close()
    await open(sqliteRecords(db))
  })
  contract()
})

describe.skipIf(withoutPostgres)(`turn records in PostgreSQL${postgresNote}`, () => {
  beforeEach(async () => {
    const stage = await postgresStage()
    close = stage.close
    await open(postgresRecords(stage.connect()))
  })
  contract()
})

function contract(): void {
  describe('the record of a turn', () => {
    it('has its model, tokens, tools and outcome', async () => {
      await run('t1')
      expect(await records.find('t1')).toEqual({
        turnId: 't1',
        model: 'p/m',
        beganMs: noon,
        durationMs: expect.any(Number),
        outcome: 'answered',
        code: '',
        read: 10,
        written: 2,
        cacheRead: 4,
        cacheWritten: 1,
        tools: { time: 2 },
      })
      expect(await records.find('t2')).toBeUndefined()
    })

    it('has the error of one that failed, and tells one that was stopped from it', async () => {
      const fail = () => {
        throw new MoltbotError('model-refused', 'no')
      }
      await run('t1', { end: fail })
      expect(await records.find('t1')).toMatchObject({ outcome: 'failed', code: 'model-refused' })
      await run('t2', { end: fail, signal: AbortSignal.abort() })
      expect(await records.find('t2')).toMatchObject({ outcome: 'stopped' })
    })

    it('of a turn that ran again is that of the last time', async () => {
      await run('t1', {
        end: () => {
          throw new Error('x')
        },
      })
      await run('t1')
      await expect.poll(async () => (await records.find('t1'))?.outcome).toBe('answered')
    })

    it('is noted for a turn whose reader goes away', async () => {
      const watched = records.watch(async function* (): AsyncGenerator<ReplyPiece> {
        yield { text: 'one' }
        yield { text: 'two' }
      })
      for await (const _ of watched(turnOf('t1'), new AbortController().signal)) break
      await expect.poll(async () => (await records.find('t1'))?.outcome).toBe('stopped')
    })
  })

  describe('the usage', () => {
    it('is summed up by day and account, newest first, for 90 days', async () => {
      nowMs = noon - 91 * day
      await run('old')
      nowMs = noon - day
      await run('t1')
      nowMs = noon
      await run('t2')
      await run('t3', {
        end: () => {
          throw new Error('x')
        },
      })
      await run('t4', { accountId: 'b' })
      const one = { turns: 1, failed: 0, read: 10, written: 2, cacheRead: 4, costs: [], unpriced: ['p/m'] }
      expect(await records.days()).toEqual([
        {
          day: '2026-11-28',
          accountId: 'a',
          turns: 2,
          failed: 1,
          read: 20,
          written: 4,
          cacheRead: 8,
          costs: [],
          unpriced: ['p/m'],
        },
        { day: '2026-11-28', accountId: 'b', ...one },
        { day: '2026-11-27', accountId: 'a', ...one },
      ])
      expect(await records.find('old')).toBeUndefined()
    })

    it('costs what the models of a day cost by their present price', async () => {
      await run('t1')
      model = 'p/n'
      await run('t2')
      price = { input: 1, output: 10, cacheRead: 0, currency: 'CNY' }
      expect(await records.days()).toMatchObject([
        { turns: 2, costs: [{ currency: 'CNY', amount: (2 * (6 + 20)) / 1_000_000 }], unpriced: [] },
      ])
    })
  })
}
