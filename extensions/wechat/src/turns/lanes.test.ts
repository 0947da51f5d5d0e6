import type { Conversation } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventually, recordingLog, withAlice } from '../../test/samples.ts'
import type { Arrival } from '../inbound/arrival.ts'
import { Lanes } from './lanes.ts'

const withBob: Conversation = { kind: 'direct', id: 'bob' }
const inGroup: Conversation = { kind: 'group', id: 'room1' }

/** Lanes over a toy store: who wrote what waits in each conversation, answered by hand. */
function harness(debounceMs = 0, mediaWaitMs = 0) {
  const waiting = new Map<string, string[]>()
  const running: { id: string; senders: readonly string[]; end: () => void }[] = []
  let nowMs = 0
  const draining = new AbortController()
  const stopping = new AbortController()
  const lanes = new Lanes({
    draining: draining.signal,
    stopping: stopping.signal,
    debounceMs: () => debounceMs,
    mediaWaitMs: () => mediaWaitMs,
    log: recordingLog(),
    now: () => nowMs,
    ready: async () => {},
    answer: async ({ id }, take, signal) => {
      const all = waiting.get(id) ?? []
      const other = take === 'all' ? -1 : all.findIndex((sender) => sender !== all[0])
      const senders = all.splice(0, other < 0 ? all.length : other)
      if (senders.length === 0 || signal.aborted) return false
      const { promise, resolve } = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => resolve())
      running.push({ id, senders, end: resolve })
      await promise
      return !signal.aborted
    },
  })
  const arrive = (
    conversation: Conversation,
    senderId = conversation.id,
    content: Arrival['content'] = 'words',
  ) => {
    waiting.set(conversation.id, [...(waiting.get(conversation.id) ?? []), senderId])
    lanes.wake(conversation, { senderId, content })
  }
  const pass = (ms: number) => {
    nowMs += ms
  }
  const drain = () => {
    draining.abort()
    return lanes.ended()
  }
  const stop = () => {
    const ended = drain()
    stopping.abort()
    return ended
  }
  return { lanes, running, arrive, pass, drain, stop }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a lane', () => {
  it('runs one turn at a time and takes together what came meanwhile', async () => {
    const { running, arrive, stop } = harness()
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    arrive(withAlice)
    arrive(withAlice)
    await new Promise(setImmediate)
    expect(running).toHaveLength(1)
    running[0]?.end()
    await eventually(() => expect(running).toHaveLength(2))
    expect(running[1]?.senders).toHaveLength(2)
    await stop()
  })

  it('does not wait for another conversation', async () => {
    const { running, arrive, stop } = harness()
    arrive(withAlice)
    arrive(withBob)
    await eventually(() => expect(running.map(({ id }) => id)).toEqual([withAlice.id, 'bob']))
    await stop()
  })

  it('gathers a burst into one turn', async () => {
    const { running, arrive, stop } = harness(20)
    for (let n = 0; n < 5; n++) arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    expect(running[0]?.senders).toHaveLength(5)
    await stop()
  })

  it('answers a burst that does not end', async () => {
    const { running, arrive, pass, stop } = harness(60_000)
    arrive(withAlice)
    pass(600_001)
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    await stop()
  })

  it.each([
    ['a voice message ends a burst and is in it', 'ann', 'whole', ['ann', 'ann']],
    ['a picture after words ends a burst and is in it', 'ann', 'bare', ['ann', 'ann']],
    ["another sender's message ends a burst and is not in it", 'bea', 'words', ['ann']],
    ["another sender's picture is not in it either", 'bea', 'bare', ['ann']],
  ] as const)('%s', async (_name, senderId, content, senders) => {
    const { running, arrive, stop } = harness(60_000, 60_000)
    arrive(inGroup, 'ann')
    await new Promise(setImmediate)
    expect(running).toEqual([])
    arrive(inGroup, senderId, content)
    await eventually(() => expect(running.map((turn) => turn.senders)).toEqual([senders]))
    await stop()
  })

  it('takes together what several people wrote while a turn ran', async () => {
    const { running, arrive, stop } = harness()
    arrive(inGroup, 'ann')
    await eventually(() => expect(running).toHaveLength(1))
    for (const sender of ['bea', 'ann', 'cem']) arrive(inGroup, sender)
    running[0]?.end()
    await eventually(() => expect(running[1]?.senders).toEqual(['bea', 'ann', 'cem']))
    await stop()
  })

  describe('with a clock of its own', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    })
    const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)

    it('lets a bare picture wait for words, which end the wait at once', async () => {
      const { running, arrive, stop } = harness(500, 3_000)
      arrive(withAlice, withAlice.id, 'bare')
      await wait(2_999)
      expect(running).toEqual([])
      arrive(withAlice)
      await wait(0)
      expect(running.map(({ senders }) => senders.length)).toEqual([2])
      await stop()
    })

    it('answers a bare picture that no words follow, and pictures that follow each other together', async () => {
      const { running, arrive, stop } = harness(500, 3_000)
      for (let n = 0; n < 3; n++) {
        arrive(withAlice, withAlice.id, 'bare')
        await wait(2_000)
      }
      expect(running).toEqual([])
      await wait(1_000)
      expect(running.map(({ senders }) => senders.length)).toEqual([3])
      await stop()
    })

    it('lets a bare file wait half as long', async () => {
      const { running, arrive, stop } = harness(500, 3_000)
      arrive(withAlice, withAlice.id, 'document')
      await wait(1_499)
      expect(running).toEqual([])
      await wait(1)
      expect(running).toHaveLength(1)
      await stop()
    })

    it('does not wait for words where that is turned off', async () => {
      const { running, arrive, stop } = harness(500, 0)
      arrive(withAlice, withAlice.id, 'bare')
      await wait(0)
      expect(running).toHaveLength(1)
      await stop()
    })

    it('waits longer for the rest of a long paste, without debounce too', async () => {
      const { running, arrive, stop } = harness(0)
      for (let n = 0; n < 2; n++) {
        arrive(withAlice, withAlice.id, 'part')
        await wait(3_900)
      }
      expect(running).toEqual([])
      arrive(withAlice)
      await wait(0)
      expect(running.map(({ senders }) => senders.length)).toEqual([3])
      await stop()
    })

    it('answers a text of just that length that nothing follows', async () => {
      const { running, arrive, stop } = harness(0)
      arrive(withAlice, withAlice.id, 'part')
      await wait(4_000)
      expect(running).toHaveLength(1)
      await stop()
    })

    it('answers parts that do not end', async () => {
      const { running, arrive, pass, stop } = harness(0)
      arrive(withAlice, withAlice.id, 'part')
      pass(40_000)
      arrive(withAlice, withAlice.id, 'part')
      await wait(0)
      expect(running).toHaveLength(1)
      await stop()
    })

    it('waits for what belongs to a message that came while a turn ran', async () => {
      const { running, arrive, stop } = harness(0, 3_000)
      arrive(withAlice)
      await wait(0)
      arrive(withAlice, withAlice.id, 'bare')
      running[0]?.end()
      await wait(2_000)
      expect(running).toHaveLength(1)
      arrive(withAlice)
      await wait(0)
      expect(running[1]?.senders).toHaveLength(2)
      await stop()
    })

    it('ends while something is gathered', async () => {
      const { running, arrive, stop } = harness(60_000)
      arrive(withAlice)
      await stop()
      expect(running).toEqual([])
    })
  })

  it('whatever comes when: answers everything once, in order, and begins with a single sender', async () => {
    const event = fc.oneof(
      fc.record({
        sender: fc.constantFrom('ann', 'bea'),
        content: fc.constantFrom('words', 'part', 'bare', 'document', 'whole'),
      }),
      fc.constant('time passes'),
      fc.constant('the turn ends'),
    )
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
        const { running, arrive, stop } = harness(100, 300)
        const sent: string[] = []
        for (const what of events) {
          if (what === 'time passes') await vi.advanceTimersByTimeAsync(100)
          else if (what === 'the turn ends') running.at(-1)?.end()
          else {
            sent.push(what.sender)
            arrive(inGroup, what.sender, what.content)
          }
          await new Promise(setImmediate)
        }
        for (let turns = -1; turns !== running.length; ) {
          turns = running.length
          running.at(-1)?.end()
          await vi.advanceTimersByTimeAsync(4_000)
          await new Promise(setImmediate)
        }
        expect(running.flatMap(({ senders }) => senders)).toEqual(sent)
        expect(new Set(running[0]?.senders).size).toBeLessThanOrEqual(1)
        await stop()
      }),
    )
  })

  it('tries again after the store failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = vi.fn(async () => false)
    answer.mockRejectedValueOnce(new Error('the disk is full'))
    const stopping = new AbortController()
    const lanes = new Lanes({
      draining: stopping.signal,
      stopping: stopping.signal,
      ready: async () => {},
      debounceMs: () => 0,
      mediaWaitMs: () => 0,
      answer,
      log: recordingLog(),
      now: () => 0,
    })
    lanes.wake(withAlice)
    await vi.advanceTimersByTimeAsync(0)
    expect(answer).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(answer).toHaveBeenCalledTimes(2)
    stopping.abort()
    await lanes.ended()
  })

  it('lets what runs end while it drains, and starts nothing more', async () => {
    const { running, arrive, drain } = harness()
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    arrive(withAlice)
    const ended = vi.fn()
    const draining = drain().then(ended)
    arrive(withBob)
    await new Promise(setImmediate)
    expect(ended).not.toHaveBeenCalled()
    running[0]?.end()
    await draining
    expect(running).toHaveLength(1)
  })

  it('aborts what runs when it stops, and starts nothing after', async () => {
    const { running, arrive, stop } = harness()
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    await stop()
    arrive(withBob)
    await new Promise(setImmediate)
    expect(running).toHaveLength(1)
  })
})
