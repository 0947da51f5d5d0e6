/**
 * `npm run failover -- --minutes 2`: three gateways on one PostgreSQL with a standby, while people write to their accounts
 * and each of `faults.ts` happens in its turn. Prints a JSON line for each of them and one with the sum. Exits with 1 where
 * a message was lost, an answer came twice, an account did not answer within 10 s (and the time that answers took before)
 * after a fault, or a gateway sent something after it had stood still. `--delivery replay`: the backend gives what lies behind
 * the cursor of a poll; default: each message once.
 */

import '../support/quiet.ts'
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Fault, faults, stopFor } from './faults.ts'
import { Stage, type Station } from './stage.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    accounts: { type: 'string', default: '12' },
    'every-ms': { type: 'string', default: '1000' },
    faults: { type: 'string', default: Object.keys(faults).join(',') },
    delivery: { type: 'string', default: 'ack' },
    logs: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
/** A fault shorter than that is not tried for long enough; a minute is what a long run is for. */
const shortRunMinutes = 5
const answersWithinMs = 10_000
/** Longer, so that a slow one is reported with its time. */
const lookForMs = 30_000
const calmMs = 3_000
/** Before a fault, answers in this time tell what is usual. */
const usualOfMs = 10_000
const settleMs = 60_000

if (minutes < shortRunMinutes) stopFor(20_000)
const startedMs = performance.now()
const problems: string[] = []
const slowest: Record<string, number> = {}
const counts: Record<string, number> = {}
const delivery = values.delivery === 'replay' ? 'replay' : 'ack'
const stage = await Stage.open(Number(values.accounts), delivery)
try {
  await stage.logIn()
  print({ online: stage.accounts.length, delivery })
  stage.write(Number(values['every-ms']))
  await sleep(calmMs)
  const chosen = values.faults.split(',')
  for (let turn = 0; turn < chosen.length || performance.now() - startedMs < minutes * 60_000; turn++) {
    const name = chosen[turn % chosen.length] ?? ''
    const fault = faults[name]
    const victim = stage.stations[turn % stage.stations.length]
    if (fault === undefined || victim === undefined) throw new Error(`there is no fault "${name}"`)
    await strike(name, fault, victim)
  }
  await stage.settle(settleMs)
  const balance = stage.ledger.balance()
  if (balance.lost.length > 0) problems.push(`${balance.lost.length} lost`)
  if (balance.twice.length > 0) problems.push(`${balance.twice.length} twice`)
  print({ failover: 'total', ...balance, faults: counts, slowestMs: slowest, problems })
} finally {
  if (values.logs !== undefined) stage.writeLogs(values.logs)
  await stage.close()
}
if (problems.length > 0) process.exitCode = 1

async function strike(name: string, fault: Fault, victim: Station): Promise<void> {
  // What a busy machine takes for an answer while nothing is wrong is no matter of the fault.
  const usualMs = stage.ledger.usualSince(performance.now() - usualOfMs)
  const struck = await fault(stage, victim)
  const answeredMs = await answersAgain(struck.accounts, struck.sinceMs)
  await struck.mend()
  const found = struck.problems?.() ?? []
  counts[name] = (counts[name] ?? 0) + 1
  slowest[name] = Math.max(slowest[name] ?? 0, answeredMs)
  if (answeredMs > answersWithinMs + usualMs)
    problems.push(`after ${name} an account answered after ${answeredMs} ms`)
  problems.push(...found)
  const backMs = await backAgain()
  print({
    fault: name,
    gateway: victim.name,
    accounts: struck.accounts.length,
    answeredMs,
    usualMs,
    backMs,
    load: Number(loadavg()[0]?.toFixed(1)),
    problems: found,
  })
}

/** @returns how long the slowest of these accounts took to answer a message that was written later */
async function answersAgain(accounts: readonly string[], sinceMs: number): Promise<number> {
  for (;;) {
    const answered = stage.ledger.answeredSince(sinceMs)
    const times = accounts.map((account) => answered.get(account) ?? Infinity)
    const isOver = performance.now() - sinceMs > lookForMs
    if (isOver || times.every((ms) => ms < Infinity))
      return Math.round(Math.min(lookForMs, Math.max(0, ...times)))
    await sleep(50)
  }
}

/** @returns how long it took until each account was served, with all gateways there */
async function backAgain(): Promise<number> {
  const sinceMs = performance.now()
  while (!(await stage.servedAll()) && performance.now() - sinceMs < lookForMs) await sleep(200)
  const backMs = Math.round(performance.now() - sinceMs)
  await sleep(calmMs)
  return backMs
}

function print(line: object): void {
  console.log(
    JSON.stringify({
      at: new Date().toISOString(),
      second: Math.round((performance.now() - startedMs) / 1_000),
      ...line,
    }),
  )
}
