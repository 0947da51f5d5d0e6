import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunkText, splitText, textOf } from './chunk.ts'
import { fencesOf } from './fences.ts'

const plainText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc
    .array(
      fc.constantFrom('你好。', 'Hello there. ', '\n\n', '\n', '👨‍👩‍👧‍👦', '🇨🇳', 'é', 'word ', '「好！」'),
      { maxLength: 120 },
    )
    .map((a) => a.join('')),
)
const line = fc.constantFrom(
  'const a = 1',
  '',
  '  indented',
  '你好，世界',
  '``',
  'x'.repeat(90),
  '👨‍👩‍👧‍👦'.repeat(9),
)
const fencedCode = fc
  .record({
    opening: fc.constantFrom('```', '```ts', '~~~', '````md title', '  ```sh', '- ```', '> ```'),
    lines: fc.array(line, { maxLength: 30 }),
    closed: fc.boolean(),
  })
  .map(({ opening, lines, closed }) => {
    const marker = /[`~]+/.exec(opening)?.[0] ?? ''
    return [opening, ...lines, ...(closed ? [marker] : []), ''].join('\n')
  })
const textWithFences = fc
  .array(fc.oneof(plainText, fencedCode, fc.constantFrom('\n', '\n\n', 'A line of text.\n')), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''))
const anyText = fc.oneof(plainText, textWithFences)
const mode = fc.constantFrom('length' as const, 'newline' as const)

describe('chunkText', () => {
  it('returns a text that fits unchanged', () => {
    expect(chunkText('short', 10, 'length')).toEqual(['short'])
    expect(chunkText('', 10, 'length')).toEqual([])
  })

  it.each([
    ['a blank line', 'first part\n\nsecond one', 16, ['first part\n\n', 'second one']],
    ['a newline', 'first part\nsecond one', 16, ['first part\n', 'second one']],
    ['a sentence end', 'One is here. Two is there', 18, ['One is here. ', 'Two is there']],
    ['a Chinese sentence end', '今天天气很好。明天也会很好', 10, ['今天天气很好。', '明天也会很好']],
    ['a space', 'one two three four', 11, ['one two ', 'three four']],
    ['the place before code', 'Look:\n```\nlet a\nlet b\n```', 22, ['Look:\n', '```\nlet a\nlet b\n```']],
  ])('prefers %s', (_name, text, limit, chunks) => {
    expect(chunkText(text, limit, 'length')).toEqual(chunks)
  })

  it('makes a chunk of each paragraph in newline mode', () => {
    expect(chunkText('one\n\ntwo\n \nthree', 100, 'newline')).toEqual(['one\n\n', 'two\n \n', 'three'])
    const code = '```\none\n\ntwo\n```\n'
    expect(chunkText(`a\n\n${code}\nb`, 100, 'newline')).toEqual(['a\n\n', `${code}\n`, 'b'])
  })

  it('keeps the indentation of a paragraph in its chunk', () => {
    expect(chunkText('1. one\n\n   two', 100, 'newline')).toEqual(['1. one\n\n', '   two'])
  })

  it('does not split a fence that fits', () => {
    const code = `\`\`\`ts\n${'line\n\n'.repeat(10)}\`\`\`\n`
    expect(chunkText(`${'word '.repeat(8)}\n${code}after`, 90, 'length')).toEqual([
      `${'word '.repeat(8)}\n`,
      `${code}after`,
    ])
  })

  it('closes and reopens a fence that is too long, with its info string', () => {
    const text = `\`\`\`ts\n${'const a = 1\n'.repeat(6)}\`\`\`\nThat is all.`
    expect(chunkText(text, 50, 'length')).toEqual([
      '```ts\nconst a = 1\nconst a = 1\nconst a = 1\n```',
      '```ts\nconst a = 1\nconst a = 1\nconst a = 1\n```\n',
      'That is all.',
    ])
  })

  it('closes a fence that is open at the end of the text', () => {
    expect(chunkText('~~~\ncode', 50, 'length')).toEqual(['~~~\ncode\n~~~'])
  })

  it('returns chunks within the limit that join to the original', () => {
    fc.assert(
      fc.property(plainText, fc.integer({ min: 2, max: 200 }), mode, (text, limit, chunkMode) => {
        fc.pre(fencesOf(text).length === 0)
        const chunks = chunkText(text, limit, chunkMode)
        expect(chunks.join('')).toBe(text)
        for (const chunk of chunks) {
          expect(chunk.length).toBeLessThanOrEqual(limit)
          expect(chunk).not.toBe('')
        }
      }),
    )
  })

  it('returns bodies that join to the original', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 300 }), mode, (text, limit, chunkMode) => {
        const chunks = splitText(text, limit, chunkMode)
        expect(chunks.map(({ body }) => body).join('')).toBe(text)
        for (const chunk of chunks) {
          expect(textOf(chunk).length).toBeLessThanOrEqual(limit)
          expect(chunk.body).not.toBe('')
          expect(chunk.opening).toMatch(/^$|^[ \t>]*(?:`{3,}|~{3,}).*\n$/)
          expect(chunk.closing).toMatch(/^$|^\n?[ \t>]*(?:`{3,}|~{3,})$/)
        }
      }),
    )
  })

  it('closes every fence in each chunk', () => {
    fc.assert(
      fc.property(textWithFences, fc.integer({ min: 64, max: 300 }), mode, (text, limit, chunkMode) => {
        for (const chunk of chunkText(text, limit, chunkMode)) {
          for (const fence of fencesOf(chunk)) expect(fence.end).toBeLessThanOrEqual(chunk.length)
        }
      }),
    )
  })

  it('never splits a grapheme', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    const count = (text: string) => [...segmenter.segment(text)].length
    fc.assert(
      fc.property(anyText, fc.integer({ min: 150, max: 300 }), mode, (text, limit, chunkMode) => {
        const chunks = splitText(text, limit, chunkMode)
        expect(chunks.reduce((sum, { body }) => sum + count(body), 0)).toBe(count(text))
      }),
    )
  })

  it('splits a grapheme that is longer than the limit between code points', () => {
    const family = '👨‍👩‍👧‍👦'
    const chunks = chunkText(family, 2, 'length')
    expect(chunks.join('')).toBe(family)
    for (const chunk of chunks) expect(chunk.isWellFormed()).toBe(true)
  })
})
