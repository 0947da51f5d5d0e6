/**
 * A soak between two rounds: nothing is written and nothing fails, until the gateway has finished everything and holds no
 * more than it has to.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Sample } from './probe.ts'
import type { Stage } from './stage.ts'
import { handleCount, type Rest } from './verdict.ts'

/** Longer than the pauses of an account after two refusals that follow each other. */
const patienceMs = 240_000
const lookEveryMs = 1_000
/** Idle connections and timers end in this time. */
const settleSamples = 6
const settleEveryMs = 1_000

/** @param repeat hands over again what has not led to anything yet */
export async function atRest(stage: Stage, repeat: () => void): Promise<Rest> {
  const { ledger, books, backend, model } = stage
  const startedMs = performance.now()
  await backend.control.clearFaults()
  model.recover()
  const isDone = () => books.unfinished === 0 && ledger.balance(books.excuses()).lost.length === 0
  while (!isDone() && performance.now() - startedMs < patienceMs) {
    repeat()
    await sleep(lookEveryMs)
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000)
  return { messages: ledger.messages, unfinished: books.unfinished, seconds, sample: await settled(stage) }
}

/** The least that several samples hold. */
async function settled(stage: Stage): Promise<Sample> {
  let best = await stage.sample()
  for (let n = 1; n < settleSamples; n++) {
    await sleep(settleEveryMs)
    best = least(best, await stage.sample())
  }
  return best
}

function least(one: Sample, other: Sample): Sample {
  return {
    ...other,
    residentMb: Math.min(one.residentMb, other.residentMb),
    heapMb: Math.min(one.heapMb, other.heapMb),
    fileDescriptors: Math.min(one.fileDescriptors, other.fileDescriptors),
    handles: handleCount(one) < handleCount(other) ? one.handles : other.handles,
  }
}
