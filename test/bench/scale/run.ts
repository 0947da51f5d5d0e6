/**
 * `npm run bench:scale`: what the state in PostgreSQL costs, and what more gateways bring. PostgreSQL, the gateways, the
 * simulated WeChat, the model and the people share the cores of one machine, so that only ratios of one run mean something.
 * Prints a JSON line for each measurement and a table. The goals are for people: nothing asserts them. Linux only.
 *
 * `npm run bench:scale -- throughput`, `-- rows` and `-- idle` measure one thing; `quick` is for a first impression.
 * `--profile <folder>` writes CPU profiles of the gateways there.
 */

import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measureIdle } from './idle.ts'
import { measureListed } from './listed.ts'
import { printTable } from './report.ts'
import { measureRows } from './rows.ts'
import { Stage } from './stage.ts'
import { measureThroughput } from './throughput.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    profile: { type: 'string' },
    /** Overrides the number of accounts of every measurement. */
    accounts: { type: 'string' },
    /** Of each round. */
    turns: { type: 'string' },
  },
})
const isQuick = positionals.includes('quick')
const chosen = positionals.filter((name) => name !== 'quick')

const size = isQuick
  ? { busy: 20, idle: 300, stored: 100_000, listed: 10_000, turns: 200 }
  : { busy: 100, idle: 2_000, stored: 1_000_000, listed: 40_000, turns: 1_000 }
const turns = Number(values.turns ?? size.turns)
const rounds = { rounds: 5, warmUpTurns: turns / 5, turns }
/** The time of the simulator's long polls. The first of an account stores where it is, and is not part of the rest. */
const pollMs = 35_000
const idle = { settleMs: pollMs + 5_000, idleMs: (isQuick ? 1 : 2) * pollMs }
const accounts = (number: number) => Number(values.accounts ?? number)

const measurements: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  throughput: (stage) => measureThroughput(stage, accounts(size.busy), rounds),
  rows: (stage) => measureRows(stage, accounts(size.busy), size.stored, rounds),
  idle: (stage) => measureIdle(stage, accounts(size.idle), idle),
  listed: (stage) => measureListed(stage, accounts(size.listed)),
}

const names = chosen.length > 0 ? chosen : Object.keys(measurements)
if (values.profile !== undefined) mkdirSync(values.profile, { recursive: true })
for (const name of names) {
  const measure = measurements[name]
  if (measure === undefined) throw new Error(`"${name}" is none of ${Object.keys(measurements).join(', ')}`)
  const stage = await Stage.open(values.profile && resolve(values.profile))
  try {
    await measure(stage)
  } finally {
    await stage.close()
  }
}
printTable()
