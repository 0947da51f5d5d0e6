import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelPrompt } from './library.ts'
import { type Before, lesserShare, promptWith, type Share, shareWithin, wholeShare } from './share.ts'
import { tokensIn, tokensInPrompt } from './tokens.ts'

const beforeOf = (turns: Before['turns'], context: readonly string[] = []): Before => ({
  turns,
  context: { count: context.length, text: (count) => context.slice(context.length - count).join('\n') },
  all: { turns: turns.length, context: context.length, images: false, audio: false },
  shortened: (text, maxLength) => `${text.slice(0, maxLength)}…`,
})
const user = (text: string): ModelPrompt[number] => ({ role: 'user', content: [{ type: 'text', text }] })
const system: ModelPrompt[number] = { role: 'system', content: 'be kind' }

/** `role: text` of each message. */
function said(prompt: ModelPrompt): string[] {
  return prompt.map(({ role, content }) =>
    typeof content === 'string'
      ? `${role}: ${content}`
      : `${role}: ${content.map((part) => (part.type === 'text' ? part.text : `(${part.type})`)).join('|')}`,
  )
}

describe('what was said before', () => {
  const turns = [
    { user: 'one', assistant: 'first' },
    { user: 'failed', assistant: '' },
    { user: 'two', assistant: 'second' },
    { user: 'failed too', assistant: '' },
  ]

  it('stands before the present turn, and no role speaks twice in a row', () => {
    const before = beforeOf(turns, ['group talk'])
    expect(said(promptWith([system, user('now')], before, wholeShare(before)))).toEqual([
      'system: be kind',
      'user: one',
      'assistant: first',
      'user: failed\n\ntwo',
      'assistant: second',
      'user: failed too\n\ngroup talk\nnow',
    ])
  })

  it('never has an empty message or two of one role in a row', () => {
    const text = fc.constantFrom('', 'a', 'b')
    const turn = fc.record({ user: fc.constantFrom('u', 'v'), assistant: text })
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 8 }), fc.nat(8), (some, count) => {
        const before = beforeOf(some)
        const share = { ...wholeShare(before), turns: Math.min(count, some.length) }
        const roles = promptWith([system, user('now')], before, share).map(({ role }) => role)
        expect(roles.every((role, index) => role !== roles[index - 1])).toBe(true)
        expect(
          said(promptWith([system, user('now')], before, share)).some((line) => line.endsWith(': ')),
        ).toBe(false)
      }),
    )
  })
})

describe('a share within a budget', () => {
  const sized = (length: number) => ({ user: 'u'.repeat(length), assistant: 'a'.repeat(length) })

  it('fits, has the newest turns, and leaves the present one whole', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 12 })
    fc.assert(
      fc.property(lengths, fc.integer({ min: 0, max: 8_000 }), (all, budget) => {
        const before = beforeOf(all.map(sized))
        const prompt = [system, user('now')]
        const share = shareWithin(budget, prompt, before, wholeShare(before))
        const asked = promptWith(prompt, before, share)
        expect(said(asked).at(-1)).toMatch(/now$/)
        const own = tokensInPrompt(prompt)
        // What each message costs besides its text is not counted for earlier turns.
        if (share.turns > 0) expect(tokensInPrompt(asked)).toBeLessThanOrEqual(budget + share.turns * 8 + own)
        const next = all.at(-share.turns - 1)
        if (share.turns < all.length && next !== undefined) {
          const more = promptWith(prompt, before, { ...share, turns: share.turns + 1 })
          expect(tokensInPrompt(more)).toBeGreaterThan(budget - own)
        }
      }),
    )
  })

  it('halves a long context of a group', () => {
    const before = beforeOf(
      [],
      Array.from({ length: 64 }, () => 'x'.repeat(400)),
    )
    const { context } = shareWithin(2_000, [user('now')], before, wholeShare(before))
    expect(context).toBeGreaterThan(0)
    expect(context).toBeLessThan(16)
  })
})

it('a lesser share ends: each one has less than the one before', () => {
  const before = beforeOf(
    Array.from({ length: 9 }, () => ({ user: 'u', assistant: 'a' })),
    ['c'],
  )
  const prompt = [system, user('w'.repeat(50_000))]
  const shares: Share[] = [wholeShare(before)]
  for (;;) {
    const last = shares.at(-1) ?? wholeShare(before)
    const next = lesserShare(last, promptWith(prompt, before, last), shares.length > 1)
    if (next === undefined) break
    shares.push(next)
    expect(shares.length).toBeLessThan(10)
  }
  const sizes = shares.map((share) => tokensInPrompt(promptWith(prompt, before, share)))
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  expect(new Set(sizes).size).toBe(sizes.length)
  expect(sizes.at(-1)).toBeLessThan(1_500)
})

it('counts a token for each Chinese character, and one for four letters', () => {
  expect([tokensIn('你好，世界'), tokensIn('abcdefgh'), tokensIn('')]).toEqual([5, 2, 0])
})
