/**
 * The cost of an idle account: resident memory for each of 200 accounts beyond the first, and the CPU use of all of them
 * during one long poll. The figures are informative only.
 */

import '../support/quiet.ts'

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PuppetILink } from 'wechaty-puppet-ilink'
import { printFigures, residentMb, round } from '../support/figures.ts'
import { until } from '../support/process.ts'
import { startSimulatorProcess } from '../support/simulator-process.ts'

const accounts = 200
const settleMs = 5_000
/** The long poll time of the simulator: each account ends one poll in it and begins the next. */
const idleMs = 35_000

const simulator = await startSimulatorProcess()
const folder = await mkdtemp(join(tmpdir(), 'bench-ilink-accounts-'))
const puppets: PuppetILink[] = []
try {
  const firstMb = await residentWith(1)
  const halfMb = await residentWith(accounts / 2)
  const allMb = await residentWith(accounts)
  const cpuPercent = await idleCpuPercent()
  printFigures('ilink-accounts', {
    accounts,
    firstMb: round(firstMb),
    allMb: round(allMb),
    mbPerFurtherAccount: round((allMb - firstMb) / (accounts - 1)),
    mbPerAccountOfSecondHalf: round((allMb - halfMb) / (accounts / 2)),
    mbPerFurtherAccountAfterIdle: round((residentMb() - firstMb) / (accounts - 1)),
    idleSeconds: idleMs / 1_000,
    idleCpuPercentOfOneCore: cpuPercent,
  })
} finally {
  await Promise.all(puppets.map((puppet) => puppet.stop()))
  await simulator.close()
  await rm(folder, { recursive: true })
}

/** Resident MiB with this many polling accounts, after they have settled. */
async function residentWith(count: number): Promise<number> {
  while (puppets.length < count) await startOne()
  await until(async () => ((await polls()) >= count ? true : undefined))
  await sleep(settleMs)
  return residentMb()
}

async function startOne(): Promise<void> {
  const { token } = await simulator.control.account()
  const stateDir = join(folder, `${puppets.length}`)
  const puppet = new PuppetILink({ ...simulator.puppetOptions, token, stateDir })
  puppets.push(puppet)
  await puppet.start()
}

async function polls(): Promise<number> {
  const requests = await simulator.control.requests()
  return requests.filter(({ endpoint }) => endpoint === 'getupdates').length
}

async function idleCpuPercent(): Promise<number> {
  const before = process.cpuUsage()
  const startedMs = performance.now()
  await sleep(idleMs)
  const { user, system } = process.cpuUsage(before)
  return round((user + system) / 10 / (performance.now() - startedMs))
}
