/**
 * `npm run schedules:month -- --days 30 --people 50`: prints one JSON line, and exits with 1 where a message is said to be sent and
 * did not arrive, is lost, or came twice, or a nudge is against the rules. `--keep FOLDER` copies the gateway's state there.
 */

import '../support/quiet.ts'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { simulateMonth } from './month.ts'

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    people: { type: 'string', default: '50' },
    keep: { type: 'string' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
})
const [days, people, seed] = [Number(values.days), Number(values.people), Number(values.seed)]
console.error(`seed ${seed}`) // Also of a run that does not end.
const startedMs = performance.now()
const result = await simulateMonth({
  days,
  people,
  seed,
  ...(values.keep !== undefined && { keepIn: values.keep }),
  onDay: (day) =>
    console.error(`day ${day + 1} of ${days}, ${Math.round((performance.now() - startedMs) / 1_000)} s`),
})
const seconds = Math.round((performance.now() - startedMs) / 1_000)
console.log(JSON.stringify({ seed, days, people, seconds, ...result }))
const { lost, doubled, notArrived, wrongNudges } = result
process.exitCode = lost.length + doubled.length + notArrived.length + wrongNudges.length > 0 ? 1 : 0
