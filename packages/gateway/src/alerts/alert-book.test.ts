import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AlertBook } from './alert-book.ts'

const rules = { afterMs: () => 100, repeatMs: 1_000 }
const wrong = (text = 'out') => new Map([['account/a', text]])
const fine = new Map<string, string>()

describe('an alert', () => {
  it('begins when something has been wrong for long enough, once', () => {
    const book = new AlertBook()
    expect(book.observe(wrong(), 0, rules)).toEqual([])
    expect(book.observe(wrong(), 99, rules)).toEqual([])
    expect(book.observe(wrong('still out'), 100, rules)).toEqual([
      { kind: 'begun', key: 'account/a', text: 'still out', sinceMs: 0 },
    ])
    expect(book.observe(wrong(), 500, rules)).toEqual([])
  })

  it('comes again while it lasts, and is solved', () => {
    const book = new AlertBook()
    for (const atMs of [0, 100]) book.observe(wrong(), atMs, rules)
    expect(book.observe(wrong(), 1_099, rules)).toEqual([])
    expect(book.observe(wrong(), 1_100, rules)).toMatchObject([{ kind: 'again' }])
    expect(book.observe(fine, 1_200, rules)).toMatchObject([{ kind: 'solved', sinceMs: 0 }])
    expect(book.observe(fine, 1_300, rules)).toEqual([])
  })

  it('is none where it was over before it was told', () => {
    const book = new AlertBook()
    book.observe(wrong(), 0, rules)
    expect(book.observe(fine, 50, rules)).toEqual([])
    expect(book.observe(wrong(), 120, rules)).toEqual([])
  })

  it('begins after the time of its kind', () => {
    const book = new AlertBook()
    const both = new Map([
      ['disk', 'full'],
      ['model/x', 'failing'],
    ])
    const byKind = { afterMs: (key: string) => (key === 'disk' ? 0 : 300), repeatMs: 0 }
    expect(book.observe(both, 0, byKind)).toMatchObject([{ key: 'disk' }])
    expect(book.observe(both, 299, byKind)).toEqual([])
    expect(book.observe(both, 300, byKind)).toMatchObject([{ key: 'model/x' }])
  })

  it('is not solved while nobody can tell', () => {
    const book = new AlertBook()
    for (const atMs of [0, 100]) book.observe(wrong(), atMs, rules)
    expect(book.observe(fine, 200, rules, new Set(['account/a']))).toEqual([])
    expect(book.observe(wrong(), 300, rules)).toEqual([])
    expect(book.observe(fine, 400, rules, new Set(['account/b']))).toMatchObject([
      { kind: 'solved', sinceMs: 0 },
    ])
  })

  it('is never repeated with 0', () => {
    const book = new AlertBook()
    book.observe(wrong(), 0, { afterMs: () => 0, repeatMs: 0 })
    expect(book.observe(wrong(), 1e9, { afterMs: () => 0, repeatMs: 0 })).toEqual([])
  })

  it('is solved as often as it began, and never told more often than it may be (property)', () => {
    const states = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 400 })), { maxLength: 60 })
    fc.assert(
      fc.property(states, (steps) => {
        const book = new AlertBook()
        let nowMs = 0
        let open = 0
        let toldMs = Number.NEGATIVE_INFINITY
        for (const [isWrong, passedMs] of steps) {
          nowMs += passedMs
          for (const { kind } of book.observe(isWrong ? wrong() : fine, nowMs, rules)) {
            if (kind === 'solved') open--
            if (kind === 'begun') open++
            if (kind === 'again') expect(nowMs - toldMs).toBeGreaterThanOrEqual(rules.repeatMs)
            if (kind !== 'solved') toldMs = nowMs
            expect(open === 0 || open === 1).toBe(true)
          }
        }
      }),
    )
  })
})
