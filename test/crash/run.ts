/**
 * `npm run crash -- --messages 10000 --kills 100`: streams messages to a gateway that is killed at points of names.ts, in
 * the order of the list and then at random. Prints one JSON line for each way in which the backend can deliver; exits with 1
 * where a message is lost, an answer comes twice, or the end of an answer is missing without a notice.
 */

import '../support/quiet.ts'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { diceOf } from '../chaos/dice.ts'
import { points } from './names.ts'
import { type StreamOptions, streamUnderKills } from './stream.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    kills: { type: 'string', default: String(points.length) },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    delivery: { type: 'string', multiple: true, default: ['ack', 'replay', 'duplicate'] },
  },
})
/** A point is passed up to so many times before the kill. */
const mostPasses = 40

const seed = Number(values.seed)
const deliveries = (['ack', 'replay', 'duplicate'] as const).filter((one) => values.delivery.includes(one))
await Promise.all(deliveries.map(run))

async function run(delivery: StreamOptions['delivery']): Promise<void> {
  const dice = diceOf(seed)
  const kills = Array.from({ length: Number(values.kills) }, (_, at) => points[at % points.length])
  const startedMs = performance.now()
  const result = await streamUnderKills({
    delivery,
    messages: Number(values.messages),
    kills: kills.map((point, at) => `${point}:${at < points.length ? 0 : dice.below(mostPasses)}`),
    dice,
  })
  const seconds = Math.round((performance.now() - startedMs) / 1_000)
  console.log(JSON.stringify({ delivery, seed, seconds, ...result }))
  if (result.lost.length + result.twice.length + result.untold > 0) process.exitCode = 1
}
