/**
 * `npm run bench:turns`: what a turn costs in the real gateway, as JSON lines: disk flushes, CPU, latency and turns a
 * second with 1, 20 and 100 iLink accounts, whose people write again when they are answered; memory; the time until
 * ready; and in the same run what this machine can do at best. The goals beside the figures are for people: nothing
 * asserts them. Linux only. Takes about three minutes; `npm run bench:turns -- quick` about 40 seconds.
 *
 * `--checkout <folder>` measures the gateway of another checkout, `--profile <folder>` writes CPU profiles of 20 busy
 * accounts there and measures nothing else.
 */

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { diceOf } from '../chaos/dice.ts'
import { median, printFigures, quantile, residentMb, round } from '../support/figures.ts'
import { type Floor, measureFloor } from './turns-floor.ts'
import { canTrace, type Flushes, flushesPerTurn, tracedFlushes, traceTo } from './turns-flushes.ts'
import { type Answer, closedLoop, oneByOne, openLoop, type People } from './turns-people.ts'
import { type BusyGateway, type Cpu, Stage } from './turns-stage.ts'
import { measureStarts } from './turns-start.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { checkout: { type: 'string', default: '.' }, profile: { type: 'string' } },
})
const isQuick = positionals.includes('quick')

const size = isQuick
  ? { busy: [100], loneTurns: 40, turnsOfOne: 200, warmUpMs: 1_000, busyMs: 3_000, halfMs: 3_000, starts: 1 }
  : {
      busy: [20, 100],
      loneTurns: 150,
      turnsOfOne: 1_000,
      warmUpMs: 3_000,
      busyMs: 12_000,
      halfMs: 12_000,
      starts: 5,
    }
const many = 100
const floorTimes = isQuick ? 100 : 300
const tracedLoneTurns = isQuick ? 15 : 50
const tracedBusyMs = isQuick ? 2_500 : 4_000
/** From the answer until the lone person writes again. */
const restMs = 25
/** After all accounts are online, before resident memory is read. */
const settleMs = 1_000
const profiledAccounts = 20
const lookEveryMs = 50

/** What the project wants to reach on two cores. */
const goals = {
  readyMs: { warm: 600, emptyCache: 800 },
  commandMs: 150,
  residentMb: { ready: 150, after1000Turns: 190 },
  gatewayCpuMsPerTurn: 4,
  turnsPerSecond: 250,
  flushesPerTurn: { lone: 3, busy: 0.5 },
  /** Times the sum of two flushes, four round trips and a turn of the AI SDK. */
  loneFloors: 3,
  /** p99 at half of the closed loop's rate, times the lone median. */
  halfLoadLoneMedians: 10,
}

const busyGoal = { gatewayCpuMsPerTurn: goals.gatewayCpuMsPerTurn, turnsPerSecond: goals.turnsPerSecond }

const stage = await Stage.open({
  checkout: resolve(values.checkout),
  ...(values.profile !== undefined && { profileTo: profileFolder(values.profile) }),
})
try {
  if (values.profile === undefined) await measureAll()
  else await busy(profiledAccounts)
} finally {
  await stage.close()
}

function profileFolder(path: string): string {
  mkdirSync(path, { recursive: true })
  return resolve(path)
}

async function measureAll(): Promise<void> {
  const floor = await measureFloor(stage.folder, stage.model, floorTimes)
  printFigures('turns-floor', { medianMsOf: floorTimes, ...floor })
  const starts = await measureStarts(stage, size.starts)
  printFigures('turns-start', { ...starts, goal: { readyMs: goals.readyMs, commandMs: goals.commandMs } })
  const loneMedianMs = await lone(floor)
  for (const accounts of size.busy) await busy(accounts, loneMedianMs)
  await flushes()
}

/** One account: a lone turn now and then, then one turn after the other. @returns the median of the former */
async function lone(floor: Floor): Promise<number> {
  const running = await stage.run(1)
  const { people, botIds, gateway } = running
  const [botId = ''] = botIds
  await sleep(settleMs)
  const readyMb = Math.round(residentMb(gateway.pid))
  await oneByOne(people, botId, size.loneTurns / 3, restMs)
  const window = await windowOf(running, () => oneByOne(people, botId, size.loneTurns, restMs))
  const goalMs = goals.loneFloors * (2 * floor.flushMs + 4 * floor.httpRoundTripMs + floor.aiSdkTurnMs)
  const goal = { p50: round(goalMs), gatewayCpuMsPerTurn: goals.gatewayCpuMsPerTurn }
  printFigures('turns-lone', { ...figuresOf(window), goal })
  const left = size.turnsOfOne - Math.ceil((size.loneTurns * 4) / 3)
  const closed = await windowOf(running, () => oneByOne(people, botId, left, 0))
  printFigures('turns-busy', { accounts: 1, ...figuresOf(closed), goal: busyGoal })
  const afterMb = Math.round(residentMb(gateway.pid))
  const memory = { ready: readyMb, afterTurns: afterMb }
  printFigures('turns-memory', { residentMb: memory, turns: size.turnsOfOne, goal: goals.residentMb })
  await running.gateway.stop()
  return median(window.answers.map(({ tookMs }) => tookMs))
}

/** As fast as they get answers; with the most accounts also at half that rate. */
async function busy(accounts: number, loneMedianMs?: number): Promise<void> {
  const running = await stage.run(accounts)
  const { people, botIds } = running
  const stop = new AbortController()
  const loop = closedLoop(people, botIds, stop.signal)
  const lasting = (ms: number) => Promise.race([lastingAtLeast(people, ms, accounts), loop])
  await lasting(size.warmUpMs)
  const window = await windowOf(running, () => lasting(size.busyMs))
  stop.abort()
  await loop
  const figures = figuresOf(window)
  printFigures('turns-busy', { accounts, ...figures, goal: busyGoal })
  if (accounts === many && loneMedianMs !== undefined) {
    const perSecond = figures.turnsPerSecond / 2
    const signal = AbortSignal.timeout(size.halfMs)
    const half = await windowOf(running, () =>
      openLoop(people, botIds, { perSecond, dice: diceOf(1), signal }),
    )
    const goal = { p99: goals.halfLoadLoneMedians * loneMedianMs }
    printFigures('turns-half-load', { accounts, askedPerSecond: round(perSecond), ...figuresOf(half), goal })
  }
  await running.gateway.stop()
}

/** Until the time is over and so many more answers have come: a machine with other work may need longer for them. */
async function lastingAtLeast(people: People, ms: number, answers: number): Promise<void> {
  const enough = people.answered + answers
  await sleep(ms)
  while (people.answered < enough) await sleep(lookEveryMs)
}

interface Window {
  readonly answers: readonly Answer[]
  readonly seconds: number
  readonly cpu: Cpu
  readonly loopStallMs: number
  readonly nodeFlushes: Flushes
}

async function windowOf(running: BusyGateway, work: () => Promise<unknown>): Promise<Window> {
  await running.counts()
  const [before, fromMs] = [running.cpu, Date.now()]
  await work()
  const [after, toMs] = [running.cpu, Date.now()]
  const { loopStallMs, flushes } = await running.counts()
  return {
    answers: running.people.answers(fromMs, toMs),
    seconds: (toMs - fromMs) / 1_000,
    cpu: {
      gateway: after.gateway - before.gateway,
      simulator: after.simulator - before.simulator,
      model: after.model - before.model,
      people: after.people - before.people,
    },
    loopStallMs,
    nodeFlushes: flushes,
  }
}

function figuresOf({ answers, seconds, cpu, loopStallMs, nodeFlushes }: Window) {
  const turns = answers.length
  const took = answers.map(({ tookMs }) => tookMs)
  const perTurn = Object.entries(cpu).map(([name, ms]): [string, number] => [name, round(ms / turns)])
  return {
    turns,
    turnsPerSecond: round(turns / seconds),
    p50: round(median(took)),
    p99: round(quantile(took, 0.99)),
    cpuMsPerTurn: Object.fromEntries(perTurn),
    loopStallMsMax: round(loopStallMs),
    flushesPerTurnByNode: flushesPerTurn({}, nodeFlushes, turns).all,
  }
}

/** A gateway of its own, whose flushes are traced: the trace would be part of the other figures. */
async function flushes(): Promise<void> {
  if (!canTrace()) {
    printFigures('turns-flushes', { counted: 'not: strace cannot be run; SQLite flushes by itself too' })
    return
  }
  const file = join(stage.folder, 'trace')
  const running = await stage.run(many, traceTo(file))
  const { people, botIds } = running
  const counted = async (accounts: number, work: () => Promise<unknown>) => {
    const [before, fromMs] = [tracedFlushes(file), Date.now()]
    await work()
    const turns = people.answers(fromMs, Date.now()).length
    return { accounts, turns, perTurn: flushesPerTurn(before, tracedFlushes(file), turns) }
  }
  const [botId = ''] = botIds
  await oneByOne(people, botId, tracedLoneTurns / 3, restMs)
  const figures = [await counted(1, () => oneByOne(people, botId, tracedLoneTurns, restMs))]
  for (const accounts of size.busy) {
    const work = () => closedLoop(people, botIds.slice(0, accounts), AbortSignal.timeout(tracedBusyMs))
    figures.push(await counted(accounts, work))
  }
  await running.gateway.stop()
  for (const one of figures) {
    const goal = one.accounts === 1 ? goals.flushesPerTurn.lone : goals.flushesPerTurn.busy
    printFigures('turns-flushes', { counted: 'strace', ...one, goal })
  }
}
