import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkText } from './chunk.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom('你好。', 'Hello there. ', '\n\n', '\n', '👨‍👩‍👧‍👦', '🇨🇳', 'é', 'word ', '「好！」'),
      { maxLength: 120 },
    )
    .map((a) => a.join('')),
)
const mode = fc.constantFrom('length' as const, 'newline' as const)

describe('chunkText', () => {
  it('leaves a text that fits as it is', () => {
    expect(chunkText('short', 10, 'length')).toEqual(['short'])
    expect(chunkText('', 10, 'length')).toEqual([])
  })

  it.each([
    ['a blank line', 'first part\n\nsecond one', 16, ['first part\n\n', 'second one']],
    ['a newline', 'first part\nsecond one', 16, ['first part\n', 'second one']],
    ['a sentence end', 'One is here. Two is there', 18, ['One is here. ', 'Two is there']],
    ['a Chinese sentence end', '今天天气很好。明天也会很好', 10, ['今天天气很好。', '明天也会很好']],
    ['a space', 'one two three four', 11, ['one two ', 'three four']],
  ])('prefers %s', (_name, text, limit, chunks) => {
    expect(chunkText(text, limit, 'length')).toEqual(chunks)
  })

  it('makes a chunk of each paragraph in newline mode', () => {
    expect(chunkText('one\n\ntwo\n \nthree', 100, 'newline')).toEqual(['one\n\n', 'two\n \n', 'three'])
  })

  it('joins to the original and never passes the limit', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 200 }), mode, (text, limit, chunkMode) => {
        const chunks = chunkText(text, limit, chunkMode)
        expect(chunks.join('')).toBe(text)
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(limit)
          expect(chunk).not.toBe('')
        }
      }),
    )
  })

  it('never splits what a reader sees as one character', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    const count = (text: string) => [...segmenter.segment(text)].length
    fc.assert(
      fc.property(anyText, fc.integer({ min: 70, max: 200 }), mode, (text, limit, chunkMode) => {
        const chunks = chunkText(text, limit, chunkMode)
        expect(chunks.reduce((sum, chunk) => sum + count(chunk), 0)).toBe(count(text))
      }),
    )
  })

  it('cuts a character that is longer than the limit between code points', () => {
    const family = '👨‍👩‍👧‍👦'
    const chunks = chunkText(family, 2, 'length')
    expect(chunks.join('')).toBe(family)
    for (const chunk of chunks) expect(chunk.isWellFormed()).toBe(true)
  })
})
