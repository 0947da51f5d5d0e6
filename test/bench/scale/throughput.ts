/**
 * Messages a second with SQLite, with PostgreSQL, and with two gateways on PostgreSQL; the slowest answers at half of what
 * PostgreSQL can do; and the round trips to the database for one turn.
 */

import { printFigures, round } from '../../support/figures.ts'
import { oneByOne } from '../turns-people.ts'
import { row } from './report.ts'
import { busyRound, calmRound, figuresOf, inTurn, ratioOf, type Size } from './rounds.ts'
import type { Side, Stage } from './stage.ts'

const goals = { postgresToSqlite: 0.4, roundTrips: 6 }
/** Of the lone turns whose statements are counted. */
const restMs = 20
const loneTurns = 50

export async function measureThroughput(stage: Stage, accounts: number, size: Size): Promise<void> {
  const sqlite = await stage.start({ name: 'sqlite', accounts, store: 'sqlite' })
  const one = await stage.start({ name: 'one', accounts, store: 'postgres' })
  const two = await stage.start({ name: 'two', accounts, store: 'postgres', gateways: 2 })
  const sides = [sqlite, one, two]
  for (const side of sides) await busyRound(stage, side, size)

  const [ofSqlite = [], ofOne = [], ofTwo = []] = await inTurn(sides, size.rounds, (side) =>
    busyRound(stage, side, size),
  )
  const figures = { sqlite: figuresOf(ofSqlite), one: figuresOf(ofOne), two: figuresOf(ofTwo) }
  const ratios = { postgresToSqlite: ratioOf(ofOne, ofSqlite), twoToOne: ratioOf(ofTwo, ofOne) }
  const accountsOfTwo = await stage.placesOf(two)
  printFigures('scale-throughput', { accounts, accountsOfTwo, ...ratios, ...figures })
  row('messages/s, SQLite', figures.sqlite.perSecond)
  row('messages/s, PostgreSQL', figures.one.perSecond)
  row('messages/s, PostgreSQL, two gateways', figures.two.perSecond)
  row('PostgreSQL to SQLite', ratios.postgresToSqlite, `at least ${goals.postgresToSqlite}`)
  row('two gateways to one', ratios.twoToOne)
  row('CPU of a turn, SQLite: gateway', figures.sqlite.cpuMsPerTurn.gateways, '', 'ms')
  row('CPU of a turn, PostgreSQL: gateway', figures.one.cpuMsPerTurn.gateways, '', 'ms')
  row('CPU of a turn, PostgreSQL: database', figures.one.cpuMsPerTurn.postgres, '', 'ms')
  row('write-ahead log of a turn', figures.one.logKbPerTurn, '', 'kB')

  await measureTimes(stage, [sqlite, one], figures.one.perSecond / 2, size)
  await measureRoundTrips(stage, one)
  for (const side of sides) await stage.stop(side)
}

async function measureTimes(stage: Stage, sides: readonly Side[], perSecond: number, size: Size) {
  const [ofSqlite = [], ofOne = []] = await inTurn(sides, size.rounds, (side) =>
    calmRound(stage, side, perSecond, size),
  )
  const [sqlite, one] = [figuresOf(ofSqlite), figuresOf(ofOne)]
  printFigures('scale-times', { askedPerSecond: round(perSecond), sqlite, one })
  row('time of a turn at half load, SQLite, p50', sqlite.p50Ms, '', 'ms')
  row('time of a turn at half load, SQLite, p99', sqlite.p99Ms, '', 'ms')
  row('time of a turn at half load, PostgreSQL, p50', one.p50Ms, '', 'ms')
  row('time of a turn at half load, PostgreSQL, p99', one.p99Ms, '', 'ms')
}

async function measureRoundTrips(stage: Stage, side: Side): Promise<void> {
  const [botId = ''] = side.botIds
  await oneByOne(stage.people, botId, loneTurns, restMs)
  const all = await stage.server.statementsDuring(() => oneByOne(stage.people, botId, loneTurns, restMs))
  const ofTurn = all
    .map(({ text, calls }) => ({ text: shorten(text), perTurn: round(calls / loneTurns) }))
    // What a gateway does by itself, such as renewing its lease, is not part of a turn.
    .filter(({ perTurn }) => perTurn >= 0.5)
  const roundTrips = round(ofTurn.reduce((sum, { perTurn }) => sum + perTurn, 0))
  printFigures('scale-round-trips', { roundTrips, ofTurn })
  row('round trips to the database for a turn', roundTrips, `at most ${goals.roundTrips}`)
}

const shorten = (sql: string) => sql.replace(/\s+/g, ' ').trim().slice(0, 120)
