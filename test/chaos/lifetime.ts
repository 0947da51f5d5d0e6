/**
 * Accounts that are started, stopped, reloaded, swapped and killed in random order, several at once, on puppets that
 * hang in any member: `lifetime.ts <first seed> <runs>`, one account and one row of dice each. Under the fast clock every
 * real deadline is met; under the real one the figure `overrunMs` says by how much a stop missed its deadline. Prints one
 * JSON line and ends with 1 where something does not hold, a timer or socket that keeps the process alive included.
 */

import '../support/quiet.ts'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { people } from './chaos-world.ts'
import { count, countOpen, problemsOf } from './checks.ts'
import { diceOf } from './dice.ts'
import { type Actor, openChaos } from './stage.ts'

const stepsPerRun = 20
const stepEveryMs = 1_500
/** Of `stopAccount`. */
const stopDeadlineMs = 2_000
const patienceMs = 60 * 60_000
const lookEveryMs = 2_000
/** For what is left to end by itself. */
const graceMs = 60_000

const [firstSeed = 1, runs = 20] = process.argv.slice(2).map(Number)
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
const overruns: number[] = []
const actions = [
  'start',
  'stop',
  'reload',
  'swap',
  'kill',
  'write',
  'write',
  'write',
  'write',
  'write',
  'write',
] as const
type Action = (typeof actions)[number]
const steps: Record<Action, number> = { start: 0, stop: 0, reload: 0, swap: 0, kill: 0, write: 0 }

await Promise.all(stage.actors.map((actor) => live(actor)))
for (const { world } of stage.actors) world.calm = true
await Promise.all(stage.actors.map(({ accountId }) => stage.channel.startAccount(accountId)))
const db = new DatabaseSync(stage.storeFile, { readOnly: true })
const endMs = performance.now() + patienceMs
while (countOpen(db) > 0 && performance.now() < endMs) await sleep(lookEveryMs)
problems.push(...stage.actors.flatMap((actor) => problemsOf(stage, db, actor)))
const figures = {
  runs,
  seeds: [firstSeed, firstSeed + runs - 1],
  steps,
  messages: count(db, 'journal'),
  puppets: stage.actors.reduce((sum, { world }) => sum + world.puppets, 0),
  sent: count(db, "outbox WHERE state = 'sent'"),
  overrunMs: Math.round(Math.max(...overruns)),
}
db.close()
await stage.close()
console.log(JSON.stringify({ ...figures, problems }))
process.exitCode = problems.length === 0 ? 0 : 1
// A process that nothing keeps alive ends before this; unreferenced, it does not keep it alive itself.
setTimeout(() => {
  console.log(JSON.stringify({ left: process.getActiveResourcesInfo() }))
  process.exit(1)
}, graceMs).unref()

/** Random steps of one account, each begun whether or not the ones before it have ended. */
async function live(actor: Actor): Promise<void> {
  const { dice, accountId } = actor
  const begun: Promise<unknown>[] = []
  for (let step = 0; step < stepsPerRun; step++) {
    await sleep(dice.below(2 * stepEveryMs))
    const action = dice.pick<Action>(actions)
    steps[action]++
    begun.push(
      act(action, actor, step).catch((error: unknown) => problems.push(`${accountId}: ${String(error)}`)),
    )
  }
  await Promise.all(begun)
}

async function act(action: Action, actor: Actor, step: number): Promise<unknown> {
  const { accountId, dice, world } = actor
  switch (action) {
    case 'start':
      return stage.channel.startAccount(accountId)
    case 'stop':
      return stop(accountId)
    case 'reload':
      return stage.configure(accountId, { historyLimit: step })
    case 'swap':
      return stage.configure(accountId, { puppet: dice.pick(['mock', 'wechat4u']), historyLimit: step })
    case 'kill':
      return actor.kill()
    case 'write':
      if (actor.puppet?.isLoggedIn !== true) return
      return actor.puppet.tell(
        world.write(`${accountId}-${step}`, dice.pick(people), `text ${step}`, dice.chance(0.3)),
      )
  }
}

async function stop(accountId: string): Promise<void> {
  const startedMs = performance.now()
  await stage.channel.stopAccount(accountId)
  overruns.push(performance.now() - startedMs - stopDeadlineMs)
}

/** Said at once, too: what is thrown before there is a result would not be seen. */
function note(problem: string): void {
  problems.push(problem)
  console.error(problem)
}
