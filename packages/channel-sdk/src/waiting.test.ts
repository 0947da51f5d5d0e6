import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { MoltbotError } from './errors.ts'
import { pause, Queue, untilDone, withDeadline } from './waiting.ts'

const never = () => new Promise<never>(() => undefined)

describe('withDeadline', () => {
  it('resolves with what the work resolves with', async () => {
    await expect(withDeadline(async () => 'done', { ms: 1_000 })).resolves.toBe('done')
  })

  it('rejects with what the work throws, also before its first await', async () => {
    const thrown = new Error('no')
    const work = () => {
      throw thrown
    }
    await expect(withDeadline(work, { ms: 1_000 })).rejects.toBe(thrown)
  })

  it('gives up work that hangs, says what is missing, and claims nothing about it', async () => {
    const error = await withDeadline(never, { ms: 5, otherwise: 'the puppet did not stop' }).catch(
      (e: unknown) => e,
    )
    expect(error).toBeInstanceOf(MoltbotError)
    expect(error).toMatchObject({
      code: 'deadline',
      message: 'the puppet did not stop within 0.005 s',
      retryable: true,
      certain: false,
    })
  })

  it('ends with the reason of the signal, and before the work begins where it has aborted already', async () => {
    const stopping = new AbortController()
    const wait = withDeadline(never, { ms: 60_000, signal: stopping.signal })
    stopping.abort('stopped')
    await expect(wait).rejects.toBe('stopped')
    const work = vi.fn(never)
    await expect(withDeadline(work, { ms: 60_000, signal: stopping.signal })).rejects.toBe('stopped')
    expect(work).not.toHaveBeenCalled()
  })

  it('aborts the signal of the work when the wait is over', async () => {
    let given: AbortSignal | undefined
    const work = (signal: AbortSignal) => {
      given = signal
      return never()
    }
    await withDeadline(work, { ms: 5 }).catch(() => undefined)
    expect(given?.aborted).toBe(true)
  })

  it('ignores what late work does, and leaves no listener behind', async () => {
    const { promise, reject } = Promise.withResolvers<void>()
    const { signal } = new AbortController()
    await withDeadline(() => promise, { ms: 5, signal }).catch(() => undefined)
    reject(new Error('too late')) // Unhandled, it would fail the run.
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('pause', () => {
  it('tells whether the time has passed', async () => {
    const stopping = new AbortController()
    await expect(pause(1)).resolves.toBe(true)
    const long = pause(60_000, stopping.signal)
    stopping.abort()
    await expect(long).resolves.toBe(false)
    await expect(pause(60_000, stopping.signal)).resolves.toBe(false)
  })
})

describe('untilDone', () => {
  const failing = (times: number) => {
    let left = times
    return async () => {
      if (left-- > 0) throw new Error(`failure, ${left} left`)
      return 'done'
    }
  }
  const quick = { firstPauseMs: 1, longestPauseMs: 1 }

  it('tries again until the work succeeds', async () => {
    const onFailure = vi.fn()
    const { signal } = new AbortController()
    await expect(untilDone(failing(12), { ...quick, signal, onFailure })).resolves.toBe('done')
    expect(onFailure).toHaveBeenCalledTimes(12)
  })

  it('throws the last failure when the signal aborts during a pause', async () => {
    const stopping = new AbortController()
    const onFailure = () => stopping.abort()
    const work = untilDone(failing(3), { firstPauseMs: 60_000, signal: stopping.signal, onFailure })
    await expect(work).rejects.toThrow('failure, 2 left')
  })

  it('throws a failure that is final at once', async () => {
    const onFailure = vi.fn()
    const { signal } = new AbortController()
    const work = untilDone(failing(3), { ...quick, signal, onFailure, isFinal: () => true })
    await expect(work).rejects.toThrow('failure, 2 left')
    expect(onFailure).not.toHaveBeenCalled()
  })
})

describe('Queue', () => {
  it('runs one piece of work after another, past those that fail', async () => {
    const queue = new Queue()
    const done: string[] = []
    const first = queue.run(async () => {
      await pause(5)
      done.push('first')
      throw new Error('no')
    })
    const second = queue.run(() => done.push('second'))
    await expect(first).rejects.toThrow('no')
    await second
    expect(done).toEqual(['first', 'second'])
  })

  it('is idle when everything given so far has ended', async () => {
    const queue = new Queue()
    let ended = false
    void queue.run(async () => {
      await pause(5)
      ended = true
    })
    await queue.idle()
    expect(ended).toBe(true)
  })
})
