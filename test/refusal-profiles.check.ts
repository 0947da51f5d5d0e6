/**
 * The table of refusals once more, on a backend that limits sends as its users report it: what may arrive does, once, at the
 * latest when the person writes again.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { speechIn } from '../packages/gateway/src/language/speech-in.ts'
import { RefusalStage } from './support/refusal-stage.ts'
import { type Cure, kinds, occasions, refusals } from './support/refusal-table.ts'
import { onEachStore } from './support/stores.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const chinese = await speechIn('zh')

const profiles = [
  'prepare-failed-window',
  'rate-penalty',
  'silent-account',
  'push-budget',
  'twenty-then-burst',
] as const
type Profile = (typeof profiles)[number]

onEachStore((storeKind) => {
  describe.each(profiles)('%s: each kind of part, at each occasion, that is refused with', (profile) => {
    let stage: RefusalStage
    beforeAll(async () => {
      // Where nothing is confirmed, each repetition counts as a send.
      const quota = profile === 'silent-account' ? 100 : 2
      stage = await RefusalStage.open(storeKind, { profile, quota, pushQuota: 0 })
    })
    afterAll(() => stage.close())

    it.each(Object.entries(refusals))(
      '%s',
      async (_name, { fault, state, words, chinese: inChinese, cure }) => {
        for (const kind of kinds) {
          for (const { purpose, agoMs, name } of occasions) {
            stage.nextPerson()
            await stage.personWrites()
            await stage.pass(agoMs)
            await stage.control.fault({ endpoint: 'sendmessage', ...fault })
            await stage.send(kind, purpose, name)
            const row = await stage.row(name)
            expect(row, `${kind} ${name}`).toMatchObject({ state })
            expect(row.reason).toContain(words)
            expect(chinese.translate(row.reason)).toContain(inChinese)
            await expectEnd(stage, profile, cure, name)
          }
        }
      },
    )
  })
})

async function expectEnd(stage: RefusalStage, profile: Profile, cure: Cure, name: string): Promise<void> {
  if (cure === 'time') await stage.pass(minuteMs, minuteMs / 2)
  else await stage.pass(2 * hourMs, hourMs)
  if (cure !== 'time') expect(stage.attempts(name)).toBe(1)
  await stage.personWrites()
  if (cure === 'nothing') expect(stage.attempts(name)).toBe(1)
  else if (profile === 'silent-account') await expectSilence(stage, name)
  else expect(await stage.arrivals(name)).toBe(1)
  expect(stage.attempts(name)).toBeLessThanOrEqual(profile === 'silent-account' ? 20 : 3)
}

/** Nobody can make such a backend show anything: the part is given up where people see it. */
async function expectSilence(stage: RefusalStage, name: string): Promise<void> {
  await stage.pass(9 * minuteMs, 3 * minuteMs)
  const { state, reason } = await stage.row(name)
  expect(state).toBe('uncertain')
  expect(chinese.translate(reason)).toContain('不再重发')
}
