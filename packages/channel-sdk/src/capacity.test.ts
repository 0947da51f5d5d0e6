import { describe, expect, it } from 'vitest'
import { Capacity } from './capacity.ts'

const { signal } = new AbortController()

/** Resolves with whether the promise has resolved by now. */
function isDone(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(resolve, false))
  return Promise.race([promise.then(() => true), later])
}

describe('a capacity', () => {
  it('lets work wait that does not fit, in its order', async () => {
    const capacity = new Capacity(10)
    const giveBack = await capacity.take(6, signal)
    const large = capacity.take(8, signal)
    const small = capacity.take(1, signal)
    expect(await isDone(large)).toBe(false)
    expect(await isDone(small)).toBe(false)
    expect(capacity.waiting).toBe(2)
    giveBack()
    expect(await isDone(large)).toBe(true)
    expect(await isDone(small)).toBe(true)
    expect(capacity.held).toBe(9)
  })

  it('lets work of more than the limit run alone', async () => {
    const capacity = new Capacity(10)
    const giveBack = await capacity.take(99, signal)
    expect(capacity.held).toBe(10)
    giveBack()
    expect(capacity.held).toBe(0)
  })

  it('counts a share once, however often it is given back', async () => {
    const capacity = new Capacity(10)
    const giveBack = await capacity.take(4, signal)
    await capacity.take(4, signal)
    giveBack()
    giveBack()
    expect(capacity.held).toBe(4)
  })

  it('admits what waits behind a wait that was ended', async () => {
    const capacity = new Capacity(10)
    await capacity.take(6, signal)
    const ended = new AbortController()
    const large = capacity.take(8, ended.signal)
    const small = capacity.take(1, signal)
    ended.abort(new Error('stopped'))
    await expect(large).rejects.toThrow('stopped')
    expect(await isDone(small)).toBe(true)
    await expect(capacity.take(1, ended.signal)).rejects.toThrow('stopped')
  })

  it('overtakes nobody where work does not wait', async () => {
    const capacity = new Capacity(10)
    const giveBack = capacity.tryTake(6)
    expect(capacity.tryTake(5)).toBeUndefined()
    const waits = capacity.take(5, signal)
    expect(capacity.tryTake(1)).toBeUndefined()
    giveBack?.()
    expect(await isDone(waits)).toBe(true)
    expect(capacity.tryTake(5)).toBeDefined()
  })

  it('gives the share of failed work back', async () => {
    const capacity = new Capacity(1)
    await expect(capacity.run(1, signal, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(capacity.held).toBe(0)
  })
})
