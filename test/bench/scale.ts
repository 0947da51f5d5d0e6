/**
 * `npm run bench:scale`: what the state in PostgreSQL costs, and what a second gateway brings, with everything on one machine,
 * so that only ratios mean something. Messages a second and the slowest answers with SQLite, with PostgreSQL, and with two
 * gateways; transactions of the database for a turn; a turn at a thousand and at a million stored messages (`--stored`); and
 * idle accounts (`--idle`) over three gateways.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { textOf } from '../support/backend.ts'
import { configWith } from '../support/config.ts'
import { cpuMsOf, printFigures, quantile, residentMb, round } from '../support/figures.ts'
import { GatewayHome } from '../support/gateway.ts'
import { startCluster } from '../support/postgres.ts'
import { until } from '../support/process.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '20' },
    turns: { type: 'string', default: '40' },
    idle: { type: 'string', default: '2000' },
    stored: { type: 'string', default: '1000000' },
  },
})
const accounts = Number(values.accounts)
const turns = Number(values.turns)
const patienceMs = 600_000
const warmUpTurns = 5
const idleMs = 35_000
const settleMs = 15_000

const simulator = await startSimulatorProcess()
await simulator.control.settings({ quota: 10_000_000 })
const model = await startModelServer({ reply: ({ lastUserText }) => `answer to ${lastUserText}` })
const postgres = await startCluster({ fsync: true, settings: { max_connections: 200 } })
let databases = 0
try {
  const sqlite = await throughput(1)
  const one = await throughput(1, await database())
  const two = await throughput(2, await database())
  printFigures('scale', {
    accounts,
    sqlite,
    postgres: one,
    twoGateways: two,
    postgresToSqlite: round(one.perSecond / sqlite.perSecond),
    twoToOne: round(two.perSecond / one.perSecond),
  })
  if (Number(values.stored) > 0) printFigures('scale-stored', await storedMessages(Number(values.stored)))
  if (Number(values.idle) > 0) printFigures('scale-idle', await idleAccounts(Number(values.idle)))
} finally {
  await Promise.all([simulator.close(), model.close()])
  postgres.stop()
}

async function database(): Promise<string> {
  const name = `bench_${databases++}`
  await postgres.execute(`CREATE DATABASE ${name}`)
  return name
}

/** Gateways with accounts of their own backend, all online. */
class Gateways {
  readonly botIds: readonly string[]
  readonly homes: readonly GatewayHome[]
  readonly pids: readonly number[]

  private constructor(botIds: readonly string[], homes: readonly GatewayHome[], pids: readonly number[]) {
    this.botIds = botIds
    this.homes = homes
    this.pids = pids
  }

  static async start(count: number, accountCount: number, name?: string): Promise<Gateways> {
    const bots = []
    for (let n = 0; n < accountCount; n++) bots.push(await simulator.control.account())
    const listed = bots.map(({ token }, n) => [
      `n${n}`,
      { puppetOptions: { ...simulator.puppetOptions, token } },
    ])
    const config = configWith(model.baseUrl, {
      puppet: 'ilink',
      dmPolicy: 'open',
      allowFrom: ['*'],
      limits: { turnsPerHour: 0 },
      accounts: Object.fromEntries(listed),
    })
    const homes = Array.from({ length: count }, (_, index) => {
      const state = name === undefined ? {} : { MOLTBOT_STATE_URL: postgres.url(name) }
      return new GatewayHome(
        { ...config, logging: { level: 'info' } },
        { MOLTBOT_GATEWAY_NAME: `gw-${index}`, ...state },
      )
    })
    const running = homes.map((home) => home.start())
    const online = () => {
      const ids = running.flatMap(({ stdout }) => [
        ...stdout().matchAll(/"accountId":"(\w+)","state":"online"/g),
      ])
      return new Set(ids.map(([, id]) => id)).size
    }
    await until(() => (online() >= accountCount ? true : undefined), running[0]?.stderr, patienceMs)
    return new Gateways(
      bots.map(({ botId }) => botId),
      homes,
      running.map(({ pid }) => pid),
    )
  }

  async stop(): Promise<void> {
    await Promise.all(this.homes.map((home) => home.dispose()))
  }
}

/** Each account writes again as soon as it is answered. @returns times of all answers in milliseconds */
async function converse(botIds: readonly string[], count: number): Promise<number[]> {
  const begun = new Map<string, number>()
  const waiting = new Map<string, () => void>()
  const times: number[] = []
  let isOver = false
  let readUpTo = (await simulator.control.sent()).at(-1)?.seq ?? 0
  const read = async () => {
    while (!isOver) {
      for (const { seq, items } of await simulator.control.sent({ after: readUpTo })) {
        readUpTo = seq
        const [, question = ''] = /answer to (.*)/.exec(textOf(items)) ?? []
        times.push(performance.now() - (begun.get(question) ?? Number.NaN))
        waiting.get(question)?.()
      }
      await sleep(2)
    }
  }
  const reading = read()
  const run = Math.random().toString(36).slice(2)
  await Promise.all(
    botIds.map(async (botId, index) => {
      for (let n = 0; n < count; n++) {
        const text = `${run} ${index} ${n}`
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.set(text, resolve)
        begun.set(text, performance.now())
        await simulator.control.inbound({ botId, text })
        await promise
      }
    }),
  )
  isOver = true
  await reading
  return times
}

async function measured(gateways: Gateways, name?: string) {
  await converse(gateways.botIds, warmUpTurns)
  const before = name === undefined ? 0 : await transactions(name)
  const startedMs = performance.now()
  const times = await converse(gateways.botIds, turns)
  const seconds = (performance.now() - startedMs) / 1_000
  const after = name === undefined ? 0 : await transactions(name)
  return {
    perSecond: round(times.length / seconds),
    p50Ms: round(quantile(times, 0.5)),
    p99Ms: round(quantile(times, 0.99)),
    ...(name !== undefined && { transactionsPerTurn: round((after - before) / times.length) }),
  }
}

async function throughput(count: number, name?: string) {
  const gateways = await Gateways.start(count, accounts, name)
  try {
    return await measured(gateways, name)
  } finally {
    await gateways.stop()
  }
}

/** The server publishes its counts with a delay. */
async function transactions(name: string): Promise<number> {
  await sleep(2_000)
  const { rows } = await postgres.execute(
    `SELECT xact_commit FROM pg_stat_database WHERE datname = '${name}'`,
  )
  return Number(rows[0]?.xact_commit)
}

/** The same conversations with few messages stored, and with many. */
async function storedMessages(count: number) {
  const name = await database()
  const gateways = await Gateways.start(1, accounts, name)
  try {
    const few = await measured(gateways, name)
    await postgres.execute(copies('journal', 'message_id', 'seq', count), name)
    await postgres.execute(copies('outbox', 'client_id', 'id', count), name)
    await postgres.execute('VACUUM ANALYZE', name)
    const many = await measured(gateways, name)
    return { stored: count, few, many, cost: round(few.perSecond / many.perSecond) }
  } finally {
    await gateways.stop()
  }
}

/** SQL that multiplies the ended rows of a table. */
function copies(table: string, unique: string, number: string, count: number): string {
  const own = `moltbot_wechat.${table}`
  return `
    DO $$ DECLARE names text; chosen text; BEGIN
      SELECT string_agg(column_name, ', '), string_agg(CASE column_name WHEN '${unique}' THEN '${unique} || n' ELSE column_name END, ', ')
        INTO names, chosen FROM information_schema.columns
        WHERE table_schema = 'moltbot_wechat' AND table_name = '${table}' AND column_name <> '${number}';
      EXECUTE format('INSERT INTO ${own} (%s) SELECT %s FROM (SELECT * FROM ${own} WHERE state IN (''answered'', ''sent'') LIMIT 1000) ended,
        generate_series(1, ${Math.ceil(count / 1_000)}) n', names, chosen);
    END $$`
}

async function idleAccounts(count: number) {
  const name = await database()
  const startedMs = performance.now()
  const gateways = await Gateways.start(3, count, name)
  const onlineSeconds = round((performance.now() - startedMs) / 1_000)
  try {
    await sleep(settleMs)
    const before = gateways.pids.map(cpuMsOf)
    const transactionsBefore = await transactions(name)
    await sleep(idleMs)
    const cpu = gateways.pids.map((pid, at) => round((cpuMsOf(pid) - (before[at] ?? 0)) / idleMs / 0.01))
    const perSecond = ((await transactions(name)) - transactionsBefore) / (idleMs / 1_000)
    const { rows } = await postgres.execute(
      `SELECT count(*) FROM pg_stat_activity WHERE datname = '${name}'`,
      name,
    )
    return {
      accounts: count,
      gateways: 3,
      onlineSeconds,
      connections: Number(rows[0]?.count) - 1,
      transactionsPerSecond: round(perSecond),
      cpuPercentOfOneCore: cpu,
      residentMb: gateways.pids.map((pid) => round(residentMb(pid))),
    }
  } finally {
    await gateways.stop()
  }
}
