import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { collectGarbage } from '../../test/garbage.ts'
import { alice, eventually, messageFrom, recordingLog } from '../../test/samples.ts'
import type { InboundMessage } from '../model/message.ts'
import { type Arrival, Receiver, type ReceiverOptions } from './receiver.ts'

const live = new AbortController().signal
const timing = { attemptMs: 50, readMs: 120, storeMs: 500 }

/** Everything that a receiver did, in order. */
function receiver(changes: Partial<ReceiverOptions> = {}) {
  const done: string[] = []
  const log = recordingLog()
  const failures: unknown[] = []
  const receiver = new Receiver({
    keep: async ({ id }) => void done.push(`kept ${id}`),
    keepUnreadable: async (id, reason) => void done.push(`unreadable ${id}: ${reason}`),
    onStore: (failure) => void failures.push(failure),
    onUnread: () => undefined,
    log,
    signal: live,
    timing,
    ...changes,
  })
  const receive = (messageId: string, arrival: Partial<Arrival> = {}) =>
    receiver.receive({
      messageId,
      read: async () => messageFrom(alice, messageId),
      ack: (id) => void done.push(`acked ${id}`),
      signal: live,
      ...arrival,
    })
  return { receiver, receive, done, failures, log }
}

const never = () => new Promise<never>(() => undefined)

describe('messages', () => {
  it('are stored in the order of arrival, whatever their reading takes, and each is acknowledged', async () => {
    const job = fc.record({ takesMs: fc.integer({ min: 0, max: 5 }), fails: fc.integer({ min: 0, max: 1 }) })
    const property = fc.asyncProperty(fc.array(job, { maxLength: 40 }), async (jobs) => {
      const { receive, done } = receiver({ timing: { ...timing, readMs: 10_000 } })
      const reading = ({ takesMs, fails }: (typeof jobs)[number], id: string) => {
        let failures = fails
        return async () => {
          await sleep(takesMs)
          if (failures-- > 0) throw new Error('once')
          return messageFrom(alice, id)
        }
      }
      const ids = jobs.map((_, index) => `m${index}`)
      await Promise.all(jobs.map((one, index) => receive(`m${index}`, { read: reading(one, `m${index}`) })))
      const having = (verb: string) =>
        done.flatMap((line) => (line.startsWith(verb) ? [line.slice(verb.length + 1)] : []))
      expect(having('kept')).toEqual(ids)
      expect(having('acked')).toEqual(ids)
    })
    await fc.assert(property, { numRuns: 10 })
  })

  it('are read sixteen at a time', async () => {
    let reads = 0
    const held = Promise.withResolvers<void>()
    const { receive, receiver: sut } = receiver({ timing: { ...timing, attemptMs: 5_000, readMs: 5_000 } })
    for (let n = 0; n < 40; n++) {
      const read = async () => {
        reads += 1
        await held.promise
        return messageFrom(alice, `m${n}`)
      }
      void receive(`m${n}`, { read })
    }
    await sleep(20)
    expect(reads).toBe(16)
    held.resolve()
    await sut.idle()
    expect(reads).toBe(40)
  })

  it('are not acknowledged before they are stored', async () => {
    const held = Promise.withResolvers<void>()
    const { receive, done } = receiver({ keep: () => held.promise })
    const received = receive('m1')
    await sleep(20)
    expect(done).toEqual([])
    held.resolve()
    await received
    expect(done).toEqual(['acked m1'])
  })

  it('that are not for the agent are acknowledged, and stored nowhere', async () => {
    const { receive, done } = receiver()
    await receive('m1', { read: async () => 'self' })
    expect(done).toEqual(['acked m1'])
  })

  it('are not held in memory when they are stored', async () => {
    const { receive } = receiver()
    const stored = async (id: string): Promise<WeakRef<InboundMessage>> => {
      const message = messageFrom(alice, id)
      await receive(id, { read: async () => message })
      return new WeakRef(message)
    }
    const first = await stored('m0')
    for (let n = 1; n < 5; n++) await stored(`m${n}`)
    await collectGarbage()
    expect(first.deref()).toBeUndefined()
  })

  it('wait unread while a thousand others are in memory, and none is dropped', async () => {
    const held = Promise.withResolvers<void>()
    let reads = 0
    const {
      receive,
      receiver: sut,
      done,
    } = receiver({
      keep: async ({ id }) => {
        await held.promise
        done.push(`kept ${id}`)
      },
      timing: { ...timing, storeMs: 20_000 },
    })
    const ids = Array.from({ length: 1_500 }, (_, n) => `m${n}`)
    for (const id of ids) {
      void receive(id, {
        ack: undefined,
        read: async () => {
          reads += 1
          return messageFrom(alice, id)
        },
      })
    }
    await sleep(100)
    expect(reads).toBeLessThanOrEqual(1_064)
    held.resolve()
    await sut.idle()
    expect(done).toEqual(ids.map((id) => `kept ${id}`))
  })
})

describe('a message that the puppet does not deliver', () => {
  it.each([
    ['hangs', never, /did not deliver the message/],
    ['fails', () => Promise.reject(new Error('2 UNKNOWN: Error: no such message')), /^no such message$/],
  ])('leaves a row and is acknowledged when its reading %s, and costs no other', async (_, read, reason) => {
    const { receive, done, log } = receiver()
    await Promise.all([receive('m1'), receive('m2', { read }), receive('m3')])
    expect(done.filter((line) => !line.startsWith('unreadable'))).toEqual([
      'kept m1',
      'acked m1',
      'kept m3',
      'acked m2',
      'acked m3',
    ])
    const [row = ''] = done.filter((line) => line.startsWith('unreadable m2: '))
    expect(row.slice('unreadable m2: '.length)).toMatch(reason)
    expect(log.lines.map(({ message }) => message)).toContain('a message could not be read')
  })

  it('is delivered by a later attempt', async () => {
    const { receive, done } = receiver({ timing: { ...timing, readMs: 2_000 } })
    const read = vi.fn(async () => messageFrom(alice, 'm1')).mockRejectedValueOnce(new Error('not yet'))
    await receive('m1', { read })
    expect(done).toEqual(['kept m1', 'acked m1'])
  })
})

describe('a store that fails', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('for a minute loses no message, changes no order, and is reported until it works', async () => {
    const kept: string[] = []
    const full = Object.assign(new Error('database or disk is full'), { code: 'store-failed' })
    let isFull = true
    const {
      receive,
      receiver: sut,
      done,
      failures,
    } = receiver({
      keep: async ({ id }) => {
        if (isFull) throw full
        kept.push(id)
      },
    })
    const ids = Array.from({ length: 100 }, (_, n) => `m${n}`)
    for (const id of ids) void receive(id)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([kept, done]).toEqual([[], []])
    expect(failures.at(-1)).toBe(full)
    // The pauses grow to five seconds.
    expect(failures.length).toBeGreaterThan(12)
    expect(failures.length).toBeLessThan(100)
    isFull = false
    await vi.advanceTimersByTimeAsync(5_000)
    await sut.idle()
    expect(kept).toEqual(ids)
    expect(done).toEqual(ids.map((id) => `acked ${id}`))
    expect(failures.at(-1)).toBeUndefined()
  })

  it('is not asked any more when the account has stopped', async () => {
    const keep = vi.fn(() => Promise.reject(new Error('full')))
    const stop = new AbortController()
    const { receive, done } = receiver({ keep, signal: stop.signal })
    const received = receive('m1')
    await vi.advanceTimersByTimeAsync(10_000)
    stop.abort()
    await received
    const calls = keep.mock.calls.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(keep).toHaveBeenCalledTimes(calls)
    expect(done).toEqual([])
  })
})

describe('when the session of its puppet ends, a message that is being read', () => {
  const ended = new AbortController()
  ended.abort(new Error('the puppet was stopped'))

  it('is left to the backend, which hands it over again', async () => {
    const { receive, done } = receiver()
    await receive('m1', { read: never, signal: ended.signal })
    expect(done).toEqual([])
  })

  it('leaves a row where the backend keeps none', async () => {
    const { receive, done } = receiver()
    await receive('m1', { read: never, ack: undefined, signal: ended.signal })
    expect(done).toEqual(['unreadable m1: the puppet was stopped'])
  })
})

it.each([
  [
    'throws',
    () => {
      throw new Error('closed')
    },
  ],
  ['fails later', () => Promise.reject(new Error('closed'))],
])('an acknowledgement that %s is logged, and the next message comes', async (_, ack) => {
  const { receive, done, log } = receiver()
  await receive('m1', { ack })
  await receive('m2')
  expect(done).toEqual(['kept m1', 'kept m2', 'acked m2'])
  await eventually(() =>
    expect(log.lines.map(({ message }) => message)).toContain('a message was not acknowledged'),
  )
})

it('an acknowledgement that never comes back holds nothing up', async () => {
  const { receive, done } = receiver()
  await receive('m1', { ack: never })
  expect(done).toEqual(['kept m1'])
})
