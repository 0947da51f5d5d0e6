/**
 * Rounds of the same work on several sides, in turn, so that what else this machine does falls on all of them alike.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { diceOf } from '../../chaos/dice.ts'
import { median, quantile, round } from '../../support/figures.ts'
import { closedLoop, openLoop } from '../turns-people.ts'
import type { Cpu, Side, Stage } from './stage.ts'

export interface Round {
  readonly perSecond: number
  readonly tookMs: readonly number[]
  readonly cpuMsPerTurn: Cpu
  readonly logBytesPerTurn: number
}

export interface Size {
  readonly rounds: number
  /** Before each round is measured. */
  readonly warmUpTurns: number
  readonly turns: number
}

const lookEveryMs = 10

/** @returns the rounds of each side, in the order of the sides */
export async function inTurn<Value>(
  sides: readonly Side[],
  rounds: number,
  work: (side: Side) => Promise<Value>,
): Promise<Value[][]> {
  const found = sides.map((): Value[] => [])
  for (let n = 0; n < rounds; n++) {
    const order = n % 2 === 0 ? [...sides.keys()] : [...sides.keys()].toReversed()
    for (const index of order) {
      const side = sides[index]
      if (side !== undefined) found[index]?.push(await work(side))
    }
  }
  return found
}

/** Each person writes again as soon as the answer is there. */
export async function busyRound(stage: Stage, side: Side, { warmUpTurns, turns }: Size): Promise<Round> {
  const { people } = stage
  const stop = new AbortController()
  const loop = closedLoop(people, side.botIds, stop.signal)
  const lasting = async (more: number) => {
    const enough = people.answered + more
    while (people.answered < enough) await Promise.race([sleep(lookEveryMs), loop])
  }
  await lasting(warmUpTurns)
  const round = await windowOf(stage, side, () => lasting(turns))
  stop.abort()
  await loop
  return round
}

/** So many messages a second, at random moments. */
export async function calmRound(
  stage: Stage,
  side: Side,
  perSecond: number,
  { turns }: Size,
): Promise<Round> {
  const signal = AbortSignal.timeout(Math.ceil((turns / perSecond) * 1_000))
  const load = { perSecond, dice: diceOf(1), signal }
  return windowOf(stage, side, () => openLoop(stage.people, side.botIds, load))
}

async function windowOf(stage: Stage, side: Side, work: () => Promise<unknown>): Promise<Round> {
  const bytes = await stage.server.bytesOfLog()
  const [before, fromMs] = [stage.cpuOf(side), Date.now()]
  await work()
  const [after, toMs] = [stage.cpuOf(side), Date.now()]
  const answers = stage.people.answers(fromMs, toMs)
  const turns = answers.length
  const cpuOf = (who: keyof Cpu) => (after[who] - before[who]) / turns
  return {
    perSecond: (turns * 1_000) / (toMs - fromMs),
    tookMs: answers.map(({ tookMs }) => tookMs),
    cpuMsPerTurn: {
      gateways: cpuOf('gateways'),
      postgres: cpuOf('postgres'),
      simulator: cpuOf('simulator'),
      model: cpuOf('model'),
      people: cpuOf('people'),
    },
    logBytesPerTurn: ((await stage.server.bytesOfLog()) - bytes) / turns,
  }
}

/** Medians over the rounds; times over all their turns. */
export function figuresOf(rounds: readonly Round[]) {
  const tookMs = rounds.flatMap((one) => one.tookMs)
  const middle = (value: (one: Round) => number) => round(median(rounds.map(value)))
  const cpu = (who: keyof Cpu) => middle(({ cpuMsPerTurn }) => cpuMsPerTurn[who])
  return {
    turns: tookMs.length,
    perSecond: middle(({ perSecond }) => perSecond),
    p50Ms: round(median(tookMs)),
    p99Ms: round(quantile(tookMs, 0.99)),
    cpuMsPerTurn: {
      gateways: cpu('gateways'),
      postgres: cpu('postgres'),
      simulator: cpu('simulator'),
      model: cpu('model'),
      people: cpu('people'),
    },
    logKbPerTurn: middle(({ logBytesPerTurn }) => logBytesPerTurn / 1_000),
  }
}

/** The median of what each round has of the first side and the second, which ran one after the other. */
export function ratioOf(
  firsts: readonly Round[],
  seconds: readonly Round[],
  value: (one: Round) => number = ({ perSecond }) => perSecond,
): number {
  const ratios = firsts.flatMap((first, n) => {
    const second = seconds[n]
    return second === undefined ? [] : [value(first) / value(second)]
  })
  return round(median(ratios))
}

/** What a turn costs the product, on whatever core. On a machine with other work it says more than the rate. */
export const costOf = ({ cpuMsPerTurn: { gateways, postgres } }: Round): number => gateways + postgres
