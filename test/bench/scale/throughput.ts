/**
 * Messages a second with SQLite, with PostgreSQL, and with two gateways on PostgreSQL; the slowest answers at half of what
 * PostgreSQL can do; and the round trips to the database for one turn.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { printFigures, round } from '../../support/figures.ts'
import { oneByOne } from '../turns-people.ts'
import { row } from './report.ts'
import { busyRound, calmRound, costOf, figuresOf, inTurn, ratioOf, type Size } from './rounds.ts'
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
  const ratios = {
    postgresToSqlite: ratioOf(ofOne, ofSqlite),
    postgresToSqliteByCpu: ratioOf(ofSqlite, ofOne, costOf),
    twoToOne: ratioOf(ofTwo, ofOne),
    twoToOneByCpu: ratioOf(ofOne, ofTwo, costOf),
  }
  const accountsOfTwo = await stage.placesOf(two)
  printFigures('scale-throughput', { accounts, accountsOfTwo, ...ratios, ...figures })
  row('messages/s, SQLite', figures.sqlite.perSecond)
  row('messages/s, PostgreSQL', figures.one.perSecond)
  row('messages/s, PostgreSQL, two gateways', figures.two.perSecond)
  row('PostgreSQL to SQLite, messages/s', ratios.postgresToSqlite, `at least ${goals.postgresToSqlite}`)
  row('PostgreSQL to SQLite, messages for the same CPU', ratios.postgresToSqliteByCpu)
  row('two gateways to one, messages/s on the same cores', ratios.twoToOne)
  row('two gateways to one, messages for the same CPU', ratios.twoToOneByCpu)
  row('CPU of a turn, SQLite: gateway', figures.sqlite.cpuMsPerTurn.gateways, '', 'ms')
  row('CPU of a turn, PostgreSQL: gateway', figures.one.cpuMsPerTurn.gateways, '', 'ms')
  row('CPU of a turn, PostgreSQL: database', figures.one.cpuMsPerTurn.postgres, '', 'ms')
  row('write-ahead log of a turn', figures.one.logKbPerTurn, '', 'kB')

  await measureTimes(stage, [sqlite, one], figures.one.perSecond / 2, size)
  for (const side of sides) await stage.stop(side)
  await measureRoundTrips(stage)
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

/** A gateway of its own, which writes down what it asks the database. */
async function measureRoundTrips(stage: Stage): Promise<void> {
  const file = join(stage.folder, 'trips')
  const side = await stage.start({ name: 'counted', accounts: 1, store: 'postgres', trips: file })
  const [botId = ''] = side.botIds
  const turns = () => oneByOne(stage.people, botId, loneTurns, restMs)
  await turns()
  const before = readFileSync(file, 'utf8').length
  await turns()
  await stage.stop(side)
  const byText = Map.groupBy(readFileSync(file, 'utf8').slice(before).trim().split('\n'), (line) => line)
  // What a gateway asks by itself now and then is no part of a turn.
  const ofTurns = [...byText.values()].filter(({ length }) => length >= loneTurns / 2).flat()
  const trips = ofTurns.filter((line) => !line.startsWith('+ '))
  const figures = {
    roundTrips: round(trips.length / loneTurns),
    statements: round(ofTurns.length / loneTurns),
  }
  printFigures('scale-round-trips', figures)
  row('statements for a turn', figures.statements)
  row('round trips to the database for a turn', figures.roundTrips, `at most ${goals.roundTrips}`)
}
