import { expect, it, vi } from 'vitest'
import { GroupAliases } from './group-aliases.ts'

const asking = () => vi.fn(async (roomId: string): Promise<string | undefined> => `bot of ${roomId}`)

it('asks once for a group, and again after ten minutes', async () => {
  const ask = asking()
  let nowMs = 0
  const aliases = new GroupAliases(ask, () => nowMs)
  expect(await Promise.all([aliases.of('R1'), aliases.of('R1')])).toEqual(['bot of R1', 'bot of R1'])
  expect(ask).toHaveBeenCalledTimes(1)
  nowMs = 10 * 60_000
  await aliases.of('R1')
  expect(ask).toHaveBeenCalledTimes(2)
})

it('remembers 1,000 groups, and forgets the one that was asked for longest ago', async () => {
  const ask = asking()
  const aliases = new GroupAliases(ask, () => 0)
  for (let n = 0; n <= 1_000; n++) await aliases.of(`R${n}`)
  ask.mockClear()
  for (let n = 1; n <= 1_000; n++) await aliases.of(`R${n}`)
  expect(ask).not.toHaveBeenCalled()
  await aliases.of('R0')
  expect(ask).toHaveBeenCalledTimes(1)
})

it('takes a group that cannot be asked for one without a name for the bot', async () => {
  const aliases = new GroupAliases(
    () => Promise.reject(new Error('not here')),
    () => 0,
  )
  expect(await aliases.of('R1')).toBeUndefined()
})
