import { expect, it } from 'vitest'
import { probeEach } from './probing.ts'

const never = () => new Promise<never>(() => undefined)
const account = (accountId: string, probe: () => Promise<void>) => ({ accountId, channel: { probe } })

it('says of each account whether it answers, and why not', async () => {
  const broken = () => Promise.reject(new Error('no login'))
  const answers = await probeEach([account('a', async () => undefined), account('b', broken)])
  expect(answers).toEqual([
    { accountId: 'a', answers: true },
    { accountId: 'b', answers: false, problem: 'no login' },
  ])
})

it('waits for all together no longer than for one, whether they have begun or not', async () => {
  const hanging = Array.from({ length: 100 }, (_, n) => account(`a${n}`, never))
  const answers = await probeEach(hanging, 50)
  expect(answers).toHaveLength(100)
  expect(answers).toContainEqual({ accountId: 'a99', answers: false })
})
