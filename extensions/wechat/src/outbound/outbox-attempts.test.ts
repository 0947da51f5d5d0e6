import { type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OutboxStage, settled, withBob } from '../../test/outbox-stage.ts'
import { eventually, withAlice } from '../../test/samples.ts'

let stage: OutboxStage
beforeEach(async () => {
  stage = await OutboxStage.open()
})
afterEach(() => stage.close())

describe('an attempt of the outbox', () => {
  it('keeps a refused part, and what follows it in its answer, until the person writes again', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await stage.enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    await stage.enqueue(withAlice, 'another answer')
    await eventually(() => expect(stage.texts()).toEqual(['one', 'another answer']))
    await stage.theyWrite()
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.texts()).toEqual(['one', 'another answer', 'one', 'two']))
    await eventually(() => expect(stage.outcomes).toEqual(['parked', 'sent', 'sent', 'sent']))
    expect(stage.link.sent[0]?.clientId).toBe(stage.link.sent[2]?.clientId)
  })

  it('sends nothing for as long as the backend says, whatever arrives and however often it connects', async () => {
    await stage.outbox.attach(stage.link)
    const limited = new MoltbotError('rate-limited', 'too many', { retryable: true })
    stage.link.failures.push(Object.assign(limited, { retryAfterMs: 30_000 }))
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    for (let n = 0; n < 5; n++) {
      await stage.theyWrite(`m${n}`)
      stage.outbox.wake(withAlice)
      await stage.enqueue(withBob, `to bob ${n}`)
      stage.outbox.detach()
      await stage.outbox.attach(stage.link)
      await settled()
    }
    expect(stage.texts()).toEqual(['one'])
    stage.nowMs += 30_001
    stage.outbox.wake(withAlice)
    stage.outbox.wake(withBob)
    await eventually(() => expect(stage.texts()).toHaveLength(7))
  })

  it('sends one part after a pause, and the others when it has arrived', async () => {
    const limited = () =>
      Object.assign(new MoltbotError('rate-limited', 'too many', { retryable: true }), {
        retryAfterMs: 30_000,
      })
    const people = ['a', 'b', 'c', 'd'].map((id): Conversation => ({ kind: 'direct', id }))
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(limited())
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    for (const person of people) await stage.enqueue(person, person.id)
    stage.nowMs += 30_001
    stage.link.failures.push(limited())
    for (const person of people) stage.outbox.wake(person)
    await eventually(() => expect(stage.outcomes).toEqual(['parked', 'parked']))
    await settled()
    expect(stage.link.sent).toHaveLength(2)
    stage.nowMs += 120_001
    for (const person of [withAlice, ...people]) stage.outbox.wake(person)
    await eventually(() => expect(stage.outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(5))
  })

  it('gives a chunk up that nothing cures, visibly, and goes on', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new MoltbotError('invalid-argument', 'no such person'))
    await stage.enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(stage.texts()).toEqual(['one', 'two']))
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 1 }))
    await eventually(() => expect(stage.outcomes).toEqual(['failed', 'sent']))
  })

  it('sends an unconfirmed part with the same id as often as needed, while it is young', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(...Array.from({ length: 20 }, () => new Error('524')))
    await stage.enqueue(withAlice, 'one')
    for (let sent = 1; sent < 8; sent++) {
      await eventually(() => expect(stage.outcomes).toHaveLength(sent))
      stage.nowMs += 31_000
      stage.outbox.wake(withAlice)
    }
    await eventually(() => expect(stage.outcomes).toHaveLength(8))
    expect(new Set(stage.link.sent.map(({ clientId }) => clientId)).size).toBe(1)
    stage.link.failures.length = 0
    stage.nowMs += 31_000
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.outcomes.at(-1)).toBe('sent'))
    expect(await stage.counts()).toEqual({ waiting: 0, troubled: 0 })
  })

  it('reports an account that accepts five sends without confirming one, and goes on sending', async () => {
    const unconfirmed = () => new MoltbotError('unconfirmed', 'accepted without an id', { retryable: true })
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(...Array.from({ length: 5 }, unconfirmed))
    for (const person of ['a', 'b', 'c', 'd', 'e'])
      await stage.enqueue({ kind: 'direct', id: person }, person)
    await eventually(() => expect(stage.silences).toEqual([true]))
    await stage.enqueue(withBob, 'one more')
    await eventually(() => expect(stage.silences).toEqual([true, false]))
    expect(stage.texts()).toEqual(['a', 'b', 'c', 'd', 'e', 'one more'])
  })

  it('leaves a part to the operator that stays unconfirmed', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new Error('reset'), new Error('reset'))
    await stage.enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(stage.outcomes).toEqual(['unconfirmed']))
    stage.nowMs += 5 * 60_000
    stage.outbox.wake(withAlice)
    stage.link.failures.length = 0
    await eventually(() => expect(stage.outcomes).toEqual(['unconfirmed', 'uncertain', 'sent']))
    expect(await stage.counts()).toEqual({ waiting: 0, troubled: 1 })
    expect(stage.texts()).toEqual(['one', 'two'])
  })

  it('expires a part that could not be sent for a day, and sends what is younger', async () => {
    await stage.enqueue(withAlice, 'old')
    stage.nowMs += 24 * 60 * 60_000 + 1
    await stage.enqueue(withAlice, 'young')
    await stage.outbox.attach(stage.link)
    await eventually(() => expect(stage.outcomes).toEqual(['expired', 'sent']))
    expect(stage.texts()).toEqual(['young'])
  })

  it('does not repeat an attempt while the backend is known to be unreachable', async () => {
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new Error('reset'))
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(stage.texts()).toEqual(['one']))
    stage.link.isReachable = false
    stage.nowMs += 2_000
    stage.outbox.wake(withAlice)
    await settled()
    expect(stage.texts()).toEqual(['one'])
    stage.link.isReachable = true
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.texts()).toEqual(['one', 'one']))
    await eventually(async () => expect(await stage.counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('waits for a parked chunk with one timer, however often it is woken', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await stage.enqueue(withAlice, 'one')
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    await settled()
    timers.mockClear()
    cleared.mockClear()
    for (let n = 0; n < 5; n++) {
      stage.outbox.wake(withAlice)
      await settled()
    }
    const set = timers.mock.results.map(({ value }) => value)
    const open = set.filter((timer) => !cleared.mock.calls.some(([one]) => one === timer))
    expect(open.length).toBeLessThanOrEqual(1)
  })

  it('tries again after the store failed', async () => {
    await stage.outbox.attach(stage.link)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(stage.store, 'nextToSend').mockRejectedValueOnce(new Error('the disk is full'))
    await stage.enqueue(withAlice, 'one')
    await settled()
    expect(stage.texts()).toEqual([])
    await vi.advanceTimersByTimeAsync(10_000)
    vi.useRealTimers()
    await eventually(() => expect(stage.texts()).toEqual(['one']))
  })

  it('never repeats an unconfirmed chunk on a puppet that cannot repeat an id', async () => {
    stage.link.resendUncertain = false
    await stage.outbox.attach(stage.link)
    stage.link.failures.push(new Error('reset'))
    await stage.enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(stage.texts()).toEqual(['one']))
    stage.nowMs += 2_000
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.texts()).toEqual(['one', 'two']))
    expect(await stage.counts()).toMatchObject({ troubled: 1 })
  })
})

describe('a pause of the last run', () => {
  const hourMs = 60 * 60_000

  beforeEach(async () => {
    await stage.store.noteRest({
      untilMs: stage.nowMs + hourMs,
      pauseMs: hourMs,
      refusals: 5,
      earlyFromMs: 0,
    })
    await stage.outbox.restore()
    await stage.outbox.attach(stage.link)
    await stage.enqueue(withAlice, 'one')
    await stage.enqueue(withBob, 'two')
    await settled()
  })

  it('goes on, and says so', () => {
    expect(stage.link.sent).toEqual([])
    expect(stage.outbox.pauseReason).toContain('the account pauses until')
  })

  it.each([
    ['back an hour', -hourMs],
    ['forward a day', 24 * hourMs],
  ])('lasts as long as before if the clock is set %s', async (_name, byMs) => {
    await stage.setClock(byMs)
    stage.outbox.wake(withAlice)
    await settled()
    stage.nowMs += hourMs - 1
    stage.outbox.wake(withAlice)
    await settled()
    expect(stage.link.sent).toEqual([])
    stage.nowMs += 1
    stage.outbox.wake(withAlice)
    await eventually(() => expect(stage.texts()).toContain('one'))
  })

  it('ends for all when a person writes and the answer is sent', async () => {
    stage.outbox.heard(withAlice, true)
    await eventually(() => expect(stage.texts().toSorted()).toEqual(['one', 'two']))
    await eventually(async () => expect(await stage.store.rest()).toBeUndefined())
  })

  it('is longer when that answer is refused, also for the next run', async () => {
    const limited = new MoltbotError('rate-limited', 'too many', { retryable: true })
    stage.link.failures.push(Object.assign(limited, { retryAfterMs: 30_000 }))
    stage.nowMs += 1_000
    stage.outbox.heard(withAlice, true)
    await eventually(() => expect(stage.outcomes).toEqual(['parked']))
    expect(stage.texts()).toEqual(['one'])
    expect(await stage.store.rest()).toMatchObject({ untilMs: stage.nowMs + hourMs, refusals: 6 })
  })

  it('ends with a login to another backend', async () => {
    stage.outbox.detach()
    await stage.outbox.attach(stage.link, true)
    await eventually(() => expect(stage.texts().toSorted()).toEqual(['one', 'two']))
    expect(await stage.store.rest()).toBeUndefined()
  })
})
