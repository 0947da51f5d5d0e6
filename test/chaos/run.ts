/**
 * One round of chaos in its own process with a fast clock: `run.ts <first seed> <runs>`. Prints the result as one JSON line
 * and exits with 1 if a check fails.
 */

import '../support/quiet.ts'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { count, countOpen, problemsOf } from './checks.ts'
import { diceOf } from './dice.ts'
import { openChaos, write } from './stage.ts'

const messagesPerRun = 200
const messageEveryMs = 250
/** Much longer than all deadlines and pauses together. */
const patienceMs = 60 * 60_000
const lookEveryMs = 2_000

const [firstSeed = 1, runs = 10] = process.argv.slice(2).map(Number)
const problems: string[] = []
process.on('unhandledRejection', (reason) => note(`unhandled rejection: ${String(reason)}`))
process.on('uncaughtException', (error) => note(`uncaught exception: ${String(error.stack)}`))
process.exitCode = 1 // Until there is a result.

const stage = await openChaos(
  Array.from({ length: runs }, (_, index) => {
    const seed = firstSeed + index
    return { accountId: `seed-${seed}`, dice: diceOf(seed) }
  }),
  { answerMs: 2_000, debounceMs: 100 },
)
await Promise.all(
  stage.actors.map(async (actor) => {
    await write(actor, messagesPerRun, messageEveryMs)
    actor.world.calm = true
  }),
)
const db = new DatabaseSync(stage.storeFile, { readOnly: true })
const endMs = performance.now() + patienceMs
while (countOpen(db) > 0 && performance.now() < endMs) await sleep(lookEveryMs)
problems.push(...stage.actors.flatMap((actor) => problemsOf(stage, db, actor)))
const figures = {
  runs,
  seeds: [firstSeed, firstSeed + runs - 1],
  messages: count(db, 'journal'),
  puppets: stage.actors.reduce((sum, { world }) => sum + world.puppets, 0),
  sent: count(db, "outbox WHERE state = 'sent'"),
  uncertain: count(db, "outbox WHERE state = 'uncertain'"),
}
db.close()
await stage.close()
console.log(JSON.stringify({ ...figures, problems }))
process.exit(problems.length === 0 ? 0 : 1)

/** Said at once, too: what is thrown before there is a result would not be seen. */
function note(problem: string): void {
  problems.push(problem)
  console.error(problem)
}
