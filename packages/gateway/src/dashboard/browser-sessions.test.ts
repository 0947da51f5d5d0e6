import { afterEach, describe, expect, it, vi } from 'vitest'
import { BrowserSessions, linkMs, maxOpen, sessionMs } from './browser-sessions.ts'

afterEach(() => vi.useRealTimers())

describe('a one-time link', () => {
  it('opens one session, once', () => {
    const sessions = new BrowserSessions()
    const { link } = sessions.makeLink()
    const { cookie, key } = sessions.open(link) ?? {}
    expect(sessions.find(cookie, key)).toBeDefined()
    expect(sessions.open(link)).toBeUndefined()
    expect(sessions.find(cookie, key)).toBeDefined()
  })

  it.each([
    [linkMs - 1, true],
    [linkMs, false],
  ])('after %i ms opens one: %s', (ms, opens) => {
    let nowMs = 1_000
    const sessions = new BrowserSessions(() => nowMs)
    const { link, expiresAtMs } = sessions.makeLink()
    expect(expiresAtMs).toBe(1_000 + linkMs)
    nowMs += ms
    expect(sessions.open(link) !== undefined).toBe(opens)
  })

  it.each(['', 'guess', 'A'.repeat(43)])('that is only guessed opens none: %j', (link) => {
    const sessions = new BrowserSessions()
    sessions.makeLink()
    expect(sessions.open(link)).toBeUndefined()
  })

  it('gives way to newer ones, of which there are not more than the cap', () => {
    const sessions = new BrowserSessions()
    const links = Array.from({ length: maxOpen + 1 }, () => sessions.makeLink().link)
    expect(links.map((link) => sessions.open(link) !== undefined)).toEqual(links.map((_, index) => index > 0))
  })
})

describe('a session', () => {
  const openOne = (sessions: BrowserSessions) => {
    const opened = sessions.open(sessions.makeLink().link)
    if (opened === undefined) throw new Error('a new link opens no session')
    return opened
  }

  it('needs both of its secrets', () => {
    const sessions = new BrowserSessions()
    const one = openOne(sessions)
    const other = openOne(sessions)
    expect(sessions.find(one.cookie, undefined)).toBeUndefined()
    expect(sessions.find(undefined, one.key)).toBeUndefined()
    expect(sessions.find(one.cookie, other.key)).toBeUndefined()
    expect(sessions.find(one.key, one.cookie)).toBeUndefined()
    sessions.end(one.cookie, other.key)
    expect(sessions.find(one.cookie, one.key)?.over.aborted).toBe(false)
  })

  it('ends by itself, when it is told to, and when there are too many, and says so', () => {
    vi.useFakeTimers()
    const sessions = new BrowserSessions()
    const all = Array.from({ length: maxOpen + 1 }, () => openOne(sessions))
    const found = () => all.map(({ cookie, key }) => sessions.find(cookie, key))
    expect(found().map((session) => session !== undefined)).toEqual(all.map((_, index) => index > 0))
    const [, second, third] = found()
    sessions.end(all[1]?.cookie, all[1]?.key)
    expect(second?.over.aborted).toBe(true)
    vi.advanceTimersByTime(sessionMs - 1)
    expect(third?.over.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(third?.over.aborted).toBe(true)
    expect(found().filter((session) => session !== undefined)).toEqual([])
  })
})
