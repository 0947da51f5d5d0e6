/**
 * Accounts that nobody writes to, over three gateways: connections to the database, statements, CPU time, memory. A tenth of
 * the accounts is measured too, so that what each further account costs can be told from what a gateway costs.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMsOf, printFigures, residentMb, round } from '../../support/figures.ts'
import { row } from './report.ts'
import type { Cpu, Side, Stage } from './stage.ts'

const gateways = 3
const part = 10
const logged = 8

export interface IdleSize {
  readonly settleMs: number
  /** Should be a multiple of the time of a long poll. */
  readonly idleMs: number
}

export async function measureIdle(stage: Stage, accounts: number, size: IdleSize): Promise<void> {
  const few = await measure(stage, Math.ceil(accounts / part), size)
  const many = await measure(stage, accounts, size)
  const further = accounts - few.accounts
  const each = {
    memoryKb: round(((sum(many.residentMb) - sum(few.residentMb)) * 1_024) / further),
    cpuMsPerMinute: round(((sum(many.gatewayCpuPercent) - sum(few.gatewayCpuPercent)) * 600) / further),
    statementsPerMinute: round(((many.statementsPerSecond - few.statementsPerSecond) * 60) / further),
  }
  printFigures('scale-idle', { gateways, few, many, eachFurtherAccount: each })
  row(`idle accounts over ${gateways} gateways`, accounts)
  row('connections to the database, of all gateways', many.connections)
  row('statements a second, of all gateways', many.statementsPerSecond)
  row('CPU of each gateway, of one core', many.gatewayCpuPercent.join(' / '), '', '%')
  row('CPU of the database, of one core', many.cpuPercent.postgres, '', '%')
  row('CPU of the simulator, which is not part of the product', many.cpuPercent.simulator, '', '%')
  row('memory of each gateway', many.residentMb.join(' / '), '', 'MiB')
  row('memory for each further account', each.memoryKb, '', 'KiB')
  row('CPU for each further account', each.cpuMsPerMinute, '', 'ms/min')
  row('statements for each further account', each.statementsPerMinute, '', '/min')
  row('time until all were served, from the start of the gateways', many.start.seconds, '', 's')
  row('CPU of a gateway to start an account', many.start.cpuMsPerAccount, '', 'ms')
  row('CPU of the database to start an account', many.start.databaseCpuMsPerAccount, '', 'ms')
  row('statements to start an account', many.start.statementsPerAccount)
}

async function measure(stage: Stage, accounts: number, { settleMs, idleMs }: IdleSize) {
  const { server } = stage
  const [startedMs, postgresMs] = [performance.now(), server.cpuMs]
  let side: Side | undefined
  const first = await server.statementsDuring(async () => {
    side = await stage.start({ name: `idle-${accounts}`, accounts, store: 'postgres', gateways })
  })
  if (side === undefined) throw new Error('the gateways were not started')
  const start = {
    seconds: round((performance.now() - startedMs) / 1_000),
    statementsPerAccount: round(sum(first.map(({ calls }) => calls)) / accounts),
    cpuMsPerAccount: round(stage.cpuOf(side).gateways / accounts),
    databaseCpuMsPerAccount: round((server.cpuMs - postgresMs) / accounts),
  }
  await sleep(settleMs)
  const rest = await atRest(stage, side, idleMs)
  const figures = {
    accounts,
    places: await stage.placesOf(side),
    start,
    ...rest,
    connections: side.database === undefined ? 0 : await server.connections(side.database),
    residentMb: side.gateways.map(({ pid }) => Math.round(residentMb(pid))),
  }
  await stage.stop(side)
  return figures
}

async function atRest(stage: Stage, side: Side, idleMs: number) {
  const before = [stage.cpuOf(side), side.gateways.map(({ pid }) => cpuMsOf(pid))] as const
  const statements = await stage.server.statementsDuring(() => sleep(idleMs))
  const all = stage.cpuOf(side)
  const ofOneCore = (ms: number) => round((ms / idleMs) * 100)
  const cpu = (who: keyof Cpu) => ofOneCore(all[who] - before[0][who])
  return {
    statementsPerSecond: round(sum(statements.map(({ calls }) => calls)) / (idleMs / 1_000)),
    gatewayCpuPercent: side.gateways.map(({ pid }, at) => ofOneCore(cpuMsOf(pid) - (before[1][at] ?? 0))),
    cpuPercent: { postgres: cpu('postgres'), simulator: cpu('simulator') },
    statements: statements.slice(0, logged).map(({ text, calls }) => ({ text: shorten(text), calls })),
  }
}

const shorten = (sql: string) => sql.replace(/\s+/g, ' ').trim().slice(0, 100)
const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)
