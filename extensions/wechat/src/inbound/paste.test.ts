import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alice, messageFrom } from '../../test/samples.ts'
import { isPart, joinParts } from './paste.ts'

const text = (length: number, character = 'x') => character.repeat(length)

describe('a text at the limit', () => {
  it.each([
    ['2,048 characters', text(2_048), true],
    ['2,000 Chinese characters', text(2_000, '长'), true],
    ['2,048 emoji, which are 4,096 units', text(2_048, '😀'), true],
    ['1,024 emoji, which are 2,048 units', text(1_024, '😀'), true],
    ['fewer characters', text(1_999), false],
    ['more characters', text(2_049), false],
    ['many more', text(100_000), false],
    ['nothing', '', false],
  ])('has %s', (_, written, is) => {
    expect(isPart({ kind: 'text', text: written })).toBe(is)
  })

  it('is none that was cut to the length that is read', () => {
    const rest = { text: 'more', totalLength: 9_000 }
    expect(isPart({ kind: 'text', text: text(2_048), rest })).toBe(false)
  })

  it('is no transcript or description', () => {
    expect(isPart({ kind: 'voice', text: text(2_048) })).toBe(false)
  })
})

describe('the parts of a paste', () => {
  const from = (id: string, written: string, changes = {}, sender = alice) =>
    messageFrom(sender, id, { text: written, ...changes })
  const cut = (whole: string) => [whole.slice(0, 2_048), whole.slice(2_048, 4_096), whole.slice(4_096)]

  it('are one message, joined as they are', () => {
    const whole = `${text(2_040)} https://example.org/${text(2_000, 'a')}`
    const parts = cut(whole).filter((part) => part !== '')
    const joined = joinParts(parts.map((part, index) => from(`m${index}`, part)))
    expect(joined).toEqual([from('m0', whole)])
  })

  it('are joined whatever is in them, and nothing else is', () => {
    const whole = fc.string({
      minLength: 2_049,
      maxLength: 6_000,
      unit: fc.constantFrom('a', ' ', '\n', '长'),
    })
    fc.assert(
      fc.property(whole, fc.string({ maxLength: 20 }), (pasted, after) => {
        const parts = cut(pasted).filter((part) => part !== '')
        fc.pre(parts.at(-1)?.length !== 2_048 && !isPart({ kind: 'text', text: parts.at(-1) ?? '' }))
        const messages = [...parts, after].map((part, index) => from(`m${index}`, part))
        expect(joinParts(messages).map((message) => message.text)).toEqual([pasted, after])
      }),
      { numRuns: 50 },
    )
  })

  it.each([
    ['of another sender', [from('m0', text(2_048)), from('m1', 'hi', {}, 'bob')]],
    ['after a short text', [from('m0', 'hello'), from('m1', 'hi')]],
    ['that is a picture', [from('m0', text(2_048)), from('m1', '[image]', { kind: 'image' })]],
    ['that quotes', [from('m0', text(2_048)), from('m1', 'hi', { quote: { text: 'x', fromBot: false } })]],
  ])('do not take a message %s', (_, messages) => {
    expect(joinParts(messages)).toEqual(messages)
  })
})
