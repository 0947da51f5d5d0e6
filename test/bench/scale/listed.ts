/**
 * What accounts cost a gateway that are in its configuration and that others serve: one gateway that serves none of them, and
 * all of them in the database as held by another.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMsOf, printFigures, residentMb, round } from '../../support/figures.ts'
import { row } from './report.ts'
import type { Stage } from './stage.ts'

const restMs = 30_000
const settleMs = 5_000
/** Each of them has every gateway read who holds which account. */
const changes = 20

export async function measureListed(stage: Stage, accounts: number): Promise<void> {
  const few = await measure(stage, 1)
  const many = await measure(stage, accounts)
  printFigures('scale-listed', { few, many })
  row('accounts that are configured, and served by other gateways', accounts)
  row('time until the gateway is ready', many.readySeconds, '', 's')
  row('memory of the gateway', many.residentMb, '', 'MiB')
  row('memory of a gateway with one account', few.residentMb, '', 'MiB')
  row('CPU at rest, of one core', many.restCpuPercent, '', '%')
  row('CPU for each change of who serves which account', many.cpuMsPerChange, '', 'ms')
}

async function measure(stage: Stage, accounts: number) {
  const { gateway, database, readySeconds } = await stage.startDrained(accounts)
  await stage.server.query(
    `INSERT INTO cluster.member (id, name, weight, config_hash, version, seen_at, joined_at)
     VALUES ('${other}', 'other', 1, '', '', clock_timestamp(), clock_timestamp());
     INSERT INTO cluster.hold (account, member_id, term) SELECT 'wechat/n' || n, '${other}', 1
     FROM generate_series(0, ${accounts - 1}) AS n`,
    database,
  )
  const beating = setInterval(() => void stage.server.query(beat, database).catch(() => undefined), 1_000)
  await sleep(settleMs)
  const atRestMs = cpuMsOf(gateway.pid)
  await sleep(restMs)
  const restCpuMs = cpuMsOf(gateway.pid) - atRestMs
  const beforeMs = cpuMsOf(gateway.pid)
  const startedMs = performance.now()
  for (let n = 0; n < changes; n++) {
    await stage.server.query(
      `UPDATE cluster.hold SET is_stopped = ${n % 2 === 0} WHERE account = 'wechat/n0'`,
      database,
    )
    await sleep(1_000)
  }
  const restOfIt = (restCpuMs * (performance.now() - startedMs)) / restMs
  const cpuMsPerChange = round((cpuMsOf(gateway.pid) - beforeMs - restOfIt) / changes)
  clearInterval(beating)
  const figures = {
    accounts,
    readySeconds,
    residentMb: Math.round(residentMb(gateway.pid)),
    restCpuPercent: round((restCpuMs / restMs) * 100),
    cpuMsPerChange,
  }
  await gateway.stop()
  return figures
}

const other = '00000000-0000-4000-8000-000000000000'
const beat = `UPDATE cluster.member SET beat = beat + 1 WHERE id = '${other}'`
