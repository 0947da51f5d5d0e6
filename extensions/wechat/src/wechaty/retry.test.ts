import { expect, it, vi } from 'vitest'
import { withRetries } from './retry.ts'

const never = new AbortController().signal

it('succeeds after failures that pass', async () => {
  const work = vi.fn().mockRejectedValueOnce(new Error('locked')).mockResolvedValue('kept')
  const failures: unknown[] = []
  expect(await withRetries(work, (error) => failures.push(error), never)).toBe('kept')
  expect(failures).toEqual([new Error('locked')])
})

it('gives up after five attempts with the last failure', async () => {
  vi.useFakeTimers()
  try {
    const work = vi.fn().mockRejectedValue(new Error('broken'))
    const result = expect(withRetries(work, () => undefined, never)).rejects.toThrow('broken')
    await vi.runAllTimersAsync()
    await result
    expect(work).toHaveBeenCalledTimes(5)
  } finally {
    vi.useRealTimers()
  }
})

it('does not go on when it is stopped', async () => {
  const stop = new AbortController()
  const work = vi.fn().mockRejectedValue(new Error('broken'))
  await expect(withRetries(work, () => stop.abort(), stop.signal)).rejects.toThrow()
  expect(work).toHaveBeenCalledTimes(1)
})
