/**
 * `npm run bench:chaos`: how accounts with misbehaving puppets affect another account of the same process. Measures the
 * milliseconds from a message to its answer in one account, first with nine normal accounts and then with nine chaotic
 * ones. It runs in real time, and the agent answers at once.
 */

import '../support/quiet.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { diceOf } from '../chaos/dice.ts'
import { type Actor, openChaos, write } from '../chaos/stage.ts'
import { median, printFigures, quantile, round } from '../support/figures.ts'

const others = 9
const messages = 200
const everyMs = 100
const rounds = 3
const warmUpMessages = 30
const pace = { answerMs: 1, debounceMs: 0 }

const figures: { readonly calm: readonly number[]; readonly chaos: readonly number[] }[] = []
for (let n = 1; n <= rounds; n++) {
  figures.push({ calm: await latencies(n, true), chaos: await latencies(n, false) })
}
const p99 = (side: 'calm' | 'chaos') => median(figures.map((round) => quantile(round[side], 0.99)))
const p50 = (side: 'calm' | 'chaos') => median(figures.map((round) => median(round[side])))
printFigures('chaos', {
  others,
  messages,
  rounds,
  calm: { p50: round(p50('calm')), p99: round(p99('calm')) },
  chaos: { p50: round(p50('chaos')), p99: round(p99('chaos')) },
  p99Ratio: round(p99('chaos') / p99('calm')),
})
process.exit()

async function latencies(seed: number, calm: boolean): Promise<number[]> {
  const cast = Array.from({ length: others }, (_, index) => ({
    accountId: `other-${index}`,
    dice: diceOf(100 * seed + index),
    calm,
  }))
  const stage = await openChaos([{ accountId: 'measured', dice: diceOf(seed), calm: true }, ...cast], pace)
  const [measured, ...rest] = stage.actors
  if (measured === undefined) throw new Error('no account to measure')
  const stop = new AbortController()
  const noise = rest.map((actor) => writeOn(actor, stop.signal))
  await write(measured, warmUpMessages, everyMs)
  await sleep(1_000)
  measured.world.delivered.length = 0
  const took = await measure(measured)
  stop.abort()
  await Promise.all(noise)
  await stage.close()
  return took
}

async function writeOn(actor: Actor, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await Promise.race([write(actor, 10, everyMs), sleep(5_000)])
}

/** Sends one message after the other, each after the answer to the last one. */
async function measure({ world, puppet }: Actor): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < messages; n++) {
    const startedMs = performance.now()
    puppet?.tell(world.write(`measured-once-${n}`, 'alice', `text ${n}`, false))
    while (world.delivered.length <= n) await sleep(1)
    took.push(performance.now() - startedMs)
    await sleep(everyMs / 5)
  }
  return took
}
