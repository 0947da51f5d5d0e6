import type { Conversation } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { eventually, recordingLog, withAlice } from '../../test/samples.ts'
import { Lanes } from './lanes.ts'

const withBob: Conversation = { kind: 'direct', id: 'bob' }

/** Lanes over a toy store: a number of waiting messages per conversation, answered by hand. */
function harness(debounceMs = 0) {
  const waiting = new Map<string, number>()
  const running: { id: string; messages: number; end: () => void }[] = []
  let nowMs = 0
  const lanes = new Lanes({
    debounceMs: () => debounceMs,
    log: recordingLog(),
    now: () => nowMs,
    ready: async () => {},
    answer: async ({ id }, signal) => {
      const messages = waiting.get(id) ?? 0
      waiting.delete(id)
      if (messages === 0 || signal.aborted) return false
      const { promise, resolve } = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => resolve())
      running.push({ id, messages, end: resolve })
      await promise
      return !signal.aborted
    },
  })
  const arrive = (conversation: Conversation) => {
    waiting.set(conversation.id, (waiting.get(conversation.id) ?? 0) + 1)
    lanes.wake(conversation)
  }
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { lanes, running, arrive, pass }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a lane', () => {
  it('runs one turn at a time and takes together what came meanwhile', async () => {
    const { running, arrive, lanes } = harness()
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    arrive(withAlice)
    arrive(withAlice)
    await new Promise(setImmediate)
    expect(running).toHaveLength(1)
    running[0]?.end()
    await eventually(() => expect(running).toHaveLength(2))
    expect(running[1]?.messages).toBe(2)
    await lanes.stop()
  })

  it('does not wait for another conversation', async () => {
    const { running, arrive, lanes } = harness()
    arrive(withAlice)
    arrive(withBob)
    await eventually(() => expect(running.map(({ id }) => id)).toEqual([withAlice.id, 'bob']))
    await lanes.stop()
  })

  it('gathers a burst into one turn', async () => {
    const { running, arrive, lanes } = harness(20)
    for (let n = 0; n < 5; n++) arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    expect(running[0]?.messages).toBe(5)
    await lanes.stop()
  })

  it('answers a burst that does not end', async () => {
    const { running, arrive, pass, lanes } = harness(60_000)
    arrive(withAlice)
    pass(600_001)
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    await lanes.stop()
  })

  it('tries again after the store failed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = vi.fn(async () => false)
    answer.mockRejectedValueOnce(new Error('the disk is full'))
    const lanes = new Lanes({
      ready: async () => {},
      debounceMs: () => 0,
      answer,
      log: recordingLog(),
      now: () => 0,
    })
    lanes.wake(withAlice)
    await vi.advanceTimersByTimeAsync(0)
    expect(answer).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(answer).toHaveBeenCalledTimes(2)
    await lanes.stop()
  })

  it('aborts what runs when it stops, and starts nothing after', async () => {
    const { running, arrive, lanes } = harness()
    arrive(withAlice)
    await eventually(() => expect(running).toHaveLength(1))
    await lanes.stop()
    arrive(withBob)
    await new Promise(setImmediate)
    expect(running).toHaveLength(1)
  })
})
