import { expect, it, vi } from 'vitest'
import { GroupAliases } from './group-aliases.ts'

const lookingUp = () => vi.fn(async (roomId: string): Promise<string | undefined> => `bot of ${roomId}`)

it('looks a group up once, and again after ten minutes', async () => {
  const lookUp = lookingUp()
  let nowMs = 0
  const aliases = new GroupAliases(lookUp, () => nowMs)
  expect(await Promise.all([aliases.of('R1'), aliases.of('R1')])).toEqual(['bot of R1', 'bot of R1'])
  expect(lookUp).toHaveBeenCalledTimes(1)
  nowMs = 10 * 60_000
  await aliases.of('R1')
  expect(lookUp).toHaveBeenCalledTimes(2)
})

it('remembers 1,000 groups, and drops the one whose look-up is the oldest', async () => {
  const lookUp = lookingUp()
  const aliases = new GroupAliases(lookUp, () => 0)
  for (let n = 0; n <= 1_000; n++) await aliases.of(`R${n}`)
  lookUp.mockClear()
  for (let n = 1; n <= 1_000; n++) await aliases.of(`R${n}`)
  expect(lookUp).not.toHaveBeenCalled()
  await aliases.of('R0')
  expect(lookUp).toHaveBeenCalledTimes(1)
})

it('takes a failed look-up for no name, and repeats it a few seconds later', async () => {
  const lookUp = lookingUp().mockRejectedValueOnce(new Error('not here'))
  let nowMs = 0
  const aliases = new GroupAliases(lookUp, () => nowMs)
  expect(await aliases.of('R1')).toBeUndefined()
  expect(await aliases.of('R1')).toBeUndefined()
  expect(lookUp).toHaveBeenCalledTimes(1)
  nowMs = 3_000
  expect(await aliases.of('R1')).toBe('bot of R1')
})

it('gives a puppet that hangs two seconds', async () => {
  vi.useFakeTimers()
  try {
    const aliases = new GroupAliases(
      () => new Promise(() => undefined),
      () => 0,
    )
    const alias = aliases.of('R1')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await alias).toBeUndefined()
  } finally {
    vi.useRealTimers()
  }
})
