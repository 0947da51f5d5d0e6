/**
 * A day of schedules, with windows, quotas, penalties, restarts and kills. `npm run schedules:month` runs thirty.
 */

import { randomInt } from 'node:crypto'
import { expect, it } from 'vitest'
import { simulateMonth } from './schedules/month.ts'

it('nothing scheduled is lost, comes twice, or is said to be sent without arriving', {
  timeout: 600_000,
}, async () => {
  const seed = Number(process.env.SCHEDULES_SEED ?? randomInt(2 ** 31))
  console.log(`schedules: SCHEDULES_SEED=${seed}`)
  const { lost, doubled, notArrived, wrongNudges, states } = await simulateMonth({ days: 1, people: 6, seed })
  expect({ lost, doubled, notArrived, wrongNudges }).toEqual({
    lost: [],
    doubled: [],
    notArrived: [],
    wrongNudges: [],
  })
  expect(states.sent).toBeGreaterThan(0)
})

it('a gateway that is killed again and again has one run for each due time, and one message for each run', {
  timeout: 600_000,
}, async () => {
  const seed = Number(process.env.SCHEDULES_SEED ?? randomInt(2 ** 31))
  console.log(`schedules under kills: SCHEDULES_SEED=${seed}`)
  const { lost, doubled, notArrived, kills, restarts } = await simulateMonth({
    days: 0.3,
    people: 4,
    seed,
    unrest: 1 / 5,
  })
  expect({ lost, doubled, notArrived }).toEqual({ lost: [], doubled: [], notArrived: [] })
  expect(kills + restarts).toBeGreaterThan(0)
})
