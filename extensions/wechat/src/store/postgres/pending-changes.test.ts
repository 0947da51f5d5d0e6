import { expect, it, vi } from 'vitest'
import { PendingChanges } from './pending-changes.ts'

const put = (key: string, value: string) => ({ kind: 'window', key, value, atMs: 1 })
const stored = () => Promise.resolve(new Map([['a', 'old']]))
const of = (...keys: string[]) => ({ kind: 'window', keys })

it('go with the next call, once, and stay where it fails', async () => {
  const pending = new PendingChanges(async () => undefined)
  pending.add([put('a', '1'), { kind: 'meta', key: 'cursor', value: undefined }])
  await expect(pending.take(() => Promise.reject(new Error('the database is away')))).rejects.toThrow('away')
  const call = vi.fn(async () => 'done')
  expect(await pending.take(call)).toBe('done')
  expect(call).toHaveBeenCalledWith([
    ['window', 'meta'],
    ['a', 'cursor'],
    ['1', null],
    [1, 0],
  ])
  expect(pending.isEmpty).toBe(true)
})

it('those that come during a call go with a later one', async () => {
  const pending = new PendingChanges(async () => undefined)
  pending.add([put('a', '1')])
  await pending.take(async () => pending.add([put('b', '2')]))
  const call = vi.fn(async () => undefined)
  await pending.take(call)
  expect(call).toHaveBeenCalledWith([['window'], ['b'], ['2'], [1]])
})

it('are in what is read before they are stored, and while they are', async () => {
  const pending = new PendingChanges(async () => undefined)
  pending.add([put('a', '1'), put('b', '2'), put('c', '3'), { kind: 'window', key: 'b', value: undefined }])
  expect(await pending.over(of('a', 'b'), stored)).toEqual(new Map([['a', '1']]))
  const read = pending.over(of('a'), async () => {
    await pending.take(async () => undefined)
    return stored()
  })
  expect(await read).toEqual(new Map([['a', '1']]))
  pending.add([{ kind: 'window', key: undefined }])
  expect(await pending.over(of('a'), stored)).toEqual(new Map())
})

it('are stored by themselves within a second, and a failure of that is no rejection', async () => {
  vi.useFakeTimers()
  try {
    const flush = vi.fn(() => Promise.reject(new Error('away')))
    const pending = new PendingChanges(flush)
    pending.add([put('a', '1')])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(flush).toHaveBeenCalledTimes(1)
  } finally {
    vi.useRealTimers()
  }
})
