/**
 * `npm run soak -- --minutes 2`: fifty accounts that people write to while everything around the gateway fails, in rounds
 * after each of which it comes to rest. Prints a JSON line at each sample and rest and one with the sum at the end. Exits
 * with 1 where a message was lost, an answer came twice or in another order, or the gateway holds more and more. `--seed`
 * repeats what people and faults do, `--every-ms` is the mean time between two messages to an account. Linux only.
 */

import '../support/quiet.ts'
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { diceOf } from '../chaos/dice.ts'
import { strike } from './faults.ts'
import { atRest } from './rest.ts'
import { openStage } from './stage.ts'
import { write } from './traffic.ts'
import { handleCount, problemsOf, type Rest } from './verdict.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    'every-ms': { type: 'string', default: '4000' },
  },
})
const cast = { mock: 30, blocks: 6, child: 4, ilink: 10 }
const seed = Number(values.seed)
const runMs = Number(values.minutes) * 60_000
/** Fewer show no trend. */
const fewestRounds = 3
const longestRoundMs = 180_000
const roundMs = Math.min(longestRoundMs, runMs / fewestRounds)
/** Part of a round in which nobody writes. */
const restMs = 20_000
/** In a round whose rest before took longer. */
const shortestTrafficMs = 10_000
const faultEveryMs = 1_000
const sampleEveryMs = Math.max(2_000, runMs / 60)
const repeatEveryMs = 3_000
/** Messages that may be unfinished while people write, so that a slow machine gets fewer. */
const mostUnfinished = 40

const startedMs = performance.now()
const stage = await openStage(cast)
const people = stage.accounts.map((account, index) => ({ account, dice: diceOf(seed + index + 1) }))
const faultDice = diceOf(seed)
const struck: Record<string, number> = {}
const rests: Rest[] = []
let deepestOutbox = 0
let hasEnded = false
stage.gateway.exited.then(() => {
  hasEnded = true
})
try {
  for (let endMs = roundMs; endMs <= runMs && !hasEnded; endMs += roundMs) {
    const leftMs = startedMs + endMs - performance.now() - restMs
    await round(Math.max(Math.round(leftMs), shortestTrafficMs))
    rests.push(await atRest(stage, repeatAll))
    print({ rest: rests.at(-1) })
  }
  sumUp()
} finally {
  await stage.close()
}

async function round(trafficMs: number): Promise<void> {
  const over = AbortSignal.timeout(trafficMs)
  const slowOver = AbortSignal.timeout(Math.round(trafficMs / 2))
  const isFull = () => stage.books.unfinished > mostUnfinished
  const everyMs = Number(values['every-ms'])
  await Promise.all([
    ...people.map(({ account, dice }) => write(account, dice, { everyMs, over, isFull })),
    strike(stage, faultDice, { everyMs: faultEveryMs, slowOver, over, struck }),
    every(repeatEveryMs, over, async () => repeatAll()),
    every(sampleEveryMs, over, sample),
  ])
}

async function sample(): Promise<void> {
  const outbox = stage.books.outboxDepth
  deepestOutbox = Math.max(deepestOutbox, outbox)
  const { residentMb, heapMb, fileDescriptors, handles, delayMs } = await stage.sample()
  const { messages } = stage.ledger
  print({ messages, outbox, residentMb, heapMb, fileDescriptors, handles, delayMs })
}

function repeatAll(): void {
  for (const account of stage.steered) account.repeat()
}

async function every(ms: number, over: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!over.aborted) {
    await sleep(ms, undefined, { signal: over }).catch(() => undefined)
    if (!over.aborted) await work()
  }
}

function sumUp(): void {
  const balance = stage.ledger.balance(stage.books.excuses())
  const problems = problemsOf(balance, rests)
  if (hasEnded) problems.push('the gateway ended by itself')
  const samples = rests.map((rest) => rest.sample)
  print({
    soak: 'total',
    seed,
    accounts: stage.accounts.length,
    ...balance,
    faults: struck,
    residentMb: samples.map(({ residentMb }) => residentMb),
    heapMb: samples.map(({ heapMb }) => heapMb),
    fileDescriptors: samples.map(({ fileDescriptors }) => fileDescriptors),
    handles: samples.map(handleCount),
    restSeconds: rests.map(({ seconds }) => seconds),
    deepestOutbox,
    delayMs: samples.at(-1)?.delayMsOfAll,
    problems,
  })
  if (problems.length === 0) return
  console.error(`The state and the log are in ${stage.home.folder}`)
  process.exitCode = 1
}

function print(line: object): void {
  const second = Math.round((performance.now() - startedMs) / 1_000)
  console.log(JSON.stringify({ second, ...line }))
}
