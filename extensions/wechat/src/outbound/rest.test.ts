import { describe, expect, it } from 'vitest'
import { Rest } from './rest.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const tooMany = (retryAfterMs = 30_000) =>
  Object.assign(new Error('too many'), { certain: true, retryable: true, retryAfterMs })

/** A rest whose attempts are all refused, on a clock of its own. */
class Refused {
  rest = new Rest()
  nowMs = 1_000_000
  readonly attemptsAtMs: number[] = []

  /** Attempts one send if that is allowed. */
  attempt(conversation = 'a', thrown: unknown = tooMany()): boolean {
    if (this.rest.leftMs(this.nowMs, conversation) > 0) return false
    const ended = this.rest.begin(this.nowMs)
    this.attemptsAtMs.push(this.nowMs)
    this.rest.failed(thrown, this.nowMs, conversation)
    ended()
    return true
  }

  /** @param writesEveryMs how often people write; each of them has an answer that waits */
  pass(ms: number, writesEveryMs = Number.POSITIVE_INFINITY): void {
    const stepMs = 10_000
    for (let passedMs = stepMs; passedMs <= ms; passedMs += stepMs) {
      this.nowMs += stepMs
      if (passedMs % writesEveryMs === 0) this.rest.heard(this.nowMs)
      this.attempt('b')
      this.attempt('a')
    }
  }

  restart(): void {
    const { state } = this.rest
    this.rest = new Rest()
    this.rest.resume(state)
  }

  setClock(byMs: number): void {
    this.nowMs += byMs
    this.rest.moveTimes(byMs)
    this.attemptsAtMs.forEach((atMs, n) => {
      this.attemptsAtMs[n] = atMs + byMs
    })
  }

  get gapsInMinutes(): number[] {
    return this.attemptsAtMs.slice(1).map((atMs, n) => (atMs - (this.attemptsAtMs[n] ?? 0)) / minuteMs)
  }
}

function inThePenalty(): Refused {
  const refused = new Refused()
  refused.attempt()
  refused.pass(43 * minuteMs)
  expect(refused.attemptsAtMs).toHaveLength(5)
  return refused
}

describe('the pauses', () => {
  it('grow to one attempt an hour', () => {
    const refused = new Refused()
    refused.attempt()
    refused.pass(5 * hourMs)
    expect(refused.gapsInMinutes).toEqual([0.5, 2, 10, 30, 60, 60, 60, 60])
  })

  it('are the same if the account restarts during each of them', () => {
    const refused = new Refused()
    refused.attempt()
    for (let n = 0; n < 300; n++) {
      refused.restart()
      refused.pass(minuteMs)
    }
    expect(refused.gapsInMinutes).toEqual([0.5, 2, 10, 30, 60, 60, 60, 60])
  })

  it.each([
    ['back an hour', -hourMs],
    ['forward a day', 24 * hourMs],
  ])('are the same if the clock is set %s during each of them', (_name, byMs) => {
    const refused = new Refused()
    refused.attempt()
    for (let n = 0; n < 300; n++) {
      refused.setClock(byMs)
      refused.pass(minuteMs)
    }
    expect(refused.gapsInMinutes).toEqual([0.5, 2, 10, 30, 60, 60, 60, 60])
  })

  it.each([
    ['an hour', hourMs],
    ['two hours, as the backend asks', 2 * hourMs],
    ['at most a day, whatever the backend asks', Number.MAX_SAFE_INTEGER, 24 * hourMs],
    ['30 seconds where the backend says nonsense', Number.NEGATIVE_INFINITY, 0],
    ['30 seconds where the backend asks for less', 1_000, 30_000],
  ])('last %s', (_name, askedMs, lastMs = askedMs) => {
    const refused = new Refused()
    refused.attempt('a', tooMany(askedMs))
    expect(refused.rest.leftMs(refused.nowMs, 'b')).toBe(lastMs)
  })

  it('end with the first part that is sent', () => {
    const { rest, nowMs } = inThePenalty()
    expect(rest.ended()).toBe(true)
    expect(rest.ended()).toBe(false)
    expect(rest.state).toBeUndefined()
    expect(rest.leftMs(nowMs, 'a')).toBe(0)
    rest.failed(tooMany(), nowMs, 'a')
    expect(rest.leftMs(nowMs, 'b')).toBe(30_000)
  })

  it('do not become longer when the clock was set back while nothing ran, and shorter when it was set forward', () => {
    const refused = inThePenalty()
    refused.nowMs -= 24 * hourMs
    expect(refused.rest.leftMs(refused.nowMs, 'b')).toBe(hourMs)
    refused.nowMs += hourMs
    expect(refused.rest.leftMs(refused.nowMs, 'b')).toBe(0)
  })

  it('say until when, and why, only while they last', () => {
    const refused = new Refused()
    expect(refused.rest.reason(refused.nowMs)).toBeUndefined()
    refused.attempt()
    expect(refused.rest.reason(refused.nowMs)).toMatch(/^rate-limited: the account pauses until \S.*because/)
    expect(refused.rest.reason(refused.nowMs + 30_000)).toBeUndefined()
  })
})

describe('after a pause', () => {
  it('one send goes alone, and the others look again soon', () => {
    const { rest, nowMs } = inThePenalty()
    const afterMs = nowMs + 2 * hourMs
    const ended = rest.begin(afterMs)
    expect(rest.leftMs(afterMs, 'b')).toBe(1_000)
    ended()
    expect(rest.leftMs(afterMs, 'b')).toBe(0)
  })

  it('the conversation that was refused last lets others go first', () => {
    const refused = new Refused()
    refused.attempt('a')
    refused.nowMs += 30_000
    expect(refused.attempt('a')).toBe(false)
    expect(refused.attempt('b')).toBe(true)
  })

  it('a failure of another kind ends no pause and begins none', () => {
    const { rest, nowMs } = inThePenalty()
    expect(rest.failed(new Error('reset'), nowMs + hourMs, 'a')).toBe(false)
    expect(rest.failed(Object.assign(tooMany(), { certain: false }), nowMs + hourMs, 'a')).toBe(false)
    expect(rest.leftMs(nowMs + hourMs + 2_000, 'a')).toBe(0)
  })
})

it('a send that is accepted and not confirmed ends the pause', () => {
  const { rest, nowMs } = inThePenalty()
  const unconfirmed = Object.assign(new Error('no id'), { code: 'unconfirmed' })
  expect(rest.failed(unconfirmed, nowMs, 'a')).toBe(true)
  expect(rest.failed(unconfirmed, nowMs, 'a')).toBe(false)
  expect(rest.isPenalised).toBe(false)
})

it('refusals of sends that were under way together are one refusal', () => {
  const rest = new Rest()
  expect(rest.failed(tooMany(), 0, 'a')).toBe(true)
  expect(rest.failed(tooMany(), 100, 'b')).toBe(false)
  expect(rest.state).toMatchObject({ refusals: 1, untilMs: 30_000 })
})

describe("a person's message", () => {
  it('allows one attempt before the hour is over', () => {
    const refused = inThePenalty()
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt('b')).toBe(true)
    expect(refused.attempt('a')).toBe(false)
    expect(refused.attempt('b')).toBe(false)
  })

  it('allows it to the conversation that was refused last as well', () => {
    const refused = inThePenalty()
    const refusedLast =
      refused.rest.leftMs(refused.nowMs, 'a') > refused.rest.leftMs(refused.nowMs, 'b') ? 'a' : 'b'
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt(refusedLast)).toBe(true)
  })

  it('allows none in the shorter pauses', () => {
    const refused = new Refused()
    refused.attempt()
    refused.pass(42 * minuteMs, 10_000)
    expect(refused.gapsInMinutes).toEqual([0.5, 2, 10])
  })

  it.each([
    ['ten seconds', 10_000],
    ['a minute', minuteMs],
    ['twenty minutes', 20 * minuteMs],
  ])('allows at most one attempt an hour, if someone writes every %s', (_name, everyMs) => {
    const refused = inThePenalty()
    const before = refused.attemptsAtMs.length
    refused.pass(10 * hourMs, everyMs)
    expect(refused.attemptsAtMs.length - before).toBeOneOf([10, 11])
  })

  it('allows no attempt more because the account restarts', () => {
    const refused = inThePenalty()
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt('b')).toBe(true)
    refused.restart()
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt('b')).toBe(false)
  })

  it.each([
    ['back an hour', -hourMs],
    ['forward a day', 24 * hourMs],
  ])('allows no attempt more if the clock is set %s', (_name, byMs) => {
    const refused = inThePenalty()
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt('b')).toBe(true)
    refused.setClock(byMs)
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt('b')).toBe(false)
  })

  it('allows one where the clock was set back while nothing ran', () => {
    const refused = inThePenalty()
    refused.rest.heard(refused.nowMs)
    refused.attempt('b')
    refused.nowMs -= 24 * hourMs
    refused.rest.heard(refused.nowMs)
    expect(refused.attempt('b')).toBe(true)
  })

  it('changes nothing where there is no pause', () => {
    const rest = new Rest()
    rest.heard(0)
    expect(rest.failed(tooMany(), 0, 'a')).toBe(true)
    expect(rest.leftMs(0, 'b')).toBe(30_000)
  })
})
