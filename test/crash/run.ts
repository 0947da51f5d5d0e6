/**
 * `npm run crash -- --messages 10000 --kills 100 --store postgres --database-crashes`: streams messages to a gateway that is
 * killed at points of names.ts, in the order of the list and then at random, and whose database crashes once in each of its
 * lives. Prints one JSON line for each backend; exits with 1 where a message is lost, an answer comes twice, or the end of
 * an answer is missing without a notice.
 */

import '../support/quiet.ts'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { diceOf } from '../chaos/dice.ts'
import { failuresOf } from './ledger.ts'
import { points } from './names.ts'
import { openStore } from './store.ts'
import { type BackendKind, backends, type Life, streamThroughLives } from './stream.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '2000' },
    kills: { type: 'string', default: String(points.ilink.length) },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    store: { type: 'string', default: 'sqlite' },
    'database-crashes': { type: 'boolean', default: false },
    backend: { type: 'string', multiple: true, default: [...backends] },
  },
})
/** A point is passed up to so many times before the kill. */
const mostPasses = 40
/** After the start of a gateway. */
const latestDatabaseCrashMs = 8_000
const preload = new URL('points.ts', import.meta.url).href

const seed = Number(values.seed)
const store = await openStore(values.store)
try {
  await Promise.all(backends.filter((one) => values.backend.includes(one)).map(run))
} finally {
  store.stop()
}

async function run(backend: BackendKind): Promise<void> {
  const dice = diceOf(seed)
  const known = points[backend === 'service' ? 'service' : 'ilink']
  const kills = Array.from({ length: Number(values.kills) }, (_, at) => known[at % known.length] ?? '')
  const lives = kills.map((point, at) => {
    const life = killedAt(point, at < known.length ? 0 : dice.below(mostPasses))
    return values['database-crashes'] ? withCrash(life, dice.below(latestDatabaseCrashMs)) : life
  })
  const startedMs = performance.now()
  const options = { backend, messages: Number(values.messages), lives, dice }
  const result = await streamThroughLives({ ...options, ...(await store.optionsOf(backend)) })
  const seconds = Math.round((performance.now() - startedMs) / 1_000)
  console.log(JSON.stringify({ backend, store: values.store, seed, seconds, ...result }))
  if (failuresOf(result) > 0) process.exitCode = 1
}

function withCrash(life: Life, afterMs: number): Life {
  let crash: NodeJS.Timeout | undefined
  return {
    name: life.name,
    start: (home) => {
      crash = setTimeout(() => store.crash(), afterMs)
      return life.start(home)
    },
    ended: () => clearTimeout(crash),
  }
}

/** @param passes how often the point is passed before */
function killedAt(point: string, passes: number): Life {
  const env = {
    MOLTBOT_CRASH_AT: `${point}:${passes}`,
    NODE_OPTIONS: `--conditions=@moltbot/source --import ${preload}`,
  }
  return { name: point, start: (home) => home.startWith(env) }
}
