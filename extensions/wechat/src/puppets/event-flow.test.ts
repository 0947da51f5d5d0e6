import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { EventFlow } from './event-flow.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const limits = { perSecond: 3, floodSeconds: 4 }

function flowing() {
  const calls: string[] = []
  const flow = new EventFlow(limits)
  flow.follow({ pause: () => calls.push('pause'), resume: () => calls.push('resume') })
  const take = (count: number) => {
    for (let n = 0; n < count; n++) flow.take()
  }
  const flood = vi.fn()
  void flow.flood.then(flood)
  return { flow, calls, take, flood }
}

describe('events', () => {
  it('are read up to the limit, and further ones in the next second', () => {
    const { flow, calls, take } = flowing()
    take(2)
    expect(calls).toEqual([])
    take(1)
    expect([calls, flow.isHeldBack]).toEqual([['pause'], true])
    vi.advanceTimersByTime(1_000)
    expect([calls, flow.isHeldBack]).toEqual([['pause', 'resume'], false])
  })

  it('are not read while messages are held, however few there are', () => {
    const { flow, calls, take } = flowing()
    flow.hold(true)
    take(3)
    vi.advanceTimersByTime(5_000)
    expect(calls).toEqual(['pause'])
    flow.hold(false)
    expect(calls).toEqual(['pause', 'resume'])
  })

  it('of a new connection are held, too', () => {
    const { flow } = flowing()
    flow.hold(true)
    const pause = vi.fn()
    flow.follow({ pause, resume: vi.fn() })
    expect(pause).toHaveBeenCalledOnce()
  })

  it('touch no stream after the end', () => {
    const { flow, calls, take } = flowing()
    take(3)
    flow.end()
    vi.advanceTimersByTime(5_000)
    flow.hold(true)
    expect(calls).toEqual(['pause'])
  })
})

describe('a flood', () => {
  const seconds = async (counts: readonly number[], stage = flowing(), held = false) => {
    stage.flow.hold(held)
    for (const count of counts) {
      stage.take(count)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    return stage.flood
  }

  it.each([
    ['is reported after four seconds over the limit', [3, 3, 9, 3], 1],
    ['is not reported earlier', [3, 3, 3], 0],
    ['begins again after a second within the limit', [3, 3, 3, 2, 3, 3, 3], 0],
    ['is no burst', [1_000, 0, 0, 0, 0], 0],
  ])('%s', async (_rule, counts, reported) => {
    expect(await seconds(counts)).toHaveBeenCalledTimes(reported)
  })

  it('has a code and a reason for people', async () => {
    const flood = await seconds([3, 3, 3, 3])
    expect(flood.mock.calls[0]?.[0]).toMatchObject({
      code: 'puppet-flood',
      message: 'the puppet emitted more than 3 events a second for 4 s',
      retryable: true,
    })
  })

  it('is not seen in what was sent before messages were held', async () => {
    expect(await seconds([3, 3, 3, 3, 3], flowing(), true)).not.toHaveBeenCalled()
  })
})
