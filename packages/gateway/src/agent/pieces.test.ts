import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPieces } from './pieces.ts'

function piecesOf(texts: readonly string[]): string[] {
  const pieces = createPieces()
  const whole = texts.flatMap((text) => pieces.push(text))
  return [...whole, pieces.end()].filter((piece) => piece !== '')
}

describe('the pieces of a reply', () => {
  it.each([
    ['one paragraph', ['one ', 'two'], ['one two']],
    [
      'paragraphs, each as soon as the next begins',
      ['one\n', '\ntwo\n\n', 'three'],
      ['one\n\n', 'two\n\n', 'three'],
    ],
    ['a list in one', ['- a\n- b\n', '- c'], ['- a\n- b\n- c']],
    ['a code block in one', ['```\na\n\nb\n', '```\n\n', 'end'], ['```\na\n\nb\n```\n\n', 'end']],
    [
      'a longer fence around a shorter one',
      ['````\n```\n\n', 'x\n````\n\n', 'y'],
      ['````\n```\n\nx\n````\n\n', 'y'],
    ],
    ['nothing', [' \n', '\n'], []],
  ])('are %s', (_, texts, expected) => {
    expect(piecesOf(texts)).toEqual(expected)
  })

  it('join to the text, however it comes, and none is blank', () => {
    const text = fc.array(fc.constantFrom('\n', '\n\n', ' ', '```', '~~~', 'word', '👩‍👩‍👧'))
    fc.assert(
      fc.property(fc.array(text.map((parts) => parts.join(''))), (texts) => {
        const pieces = piecesOf(texts)
        expect(pieces.join('')).toBe(texts.join('').trim())
        expect(pieces.every((piece) => piece.trim() !== '')).toBe(true)
      }),
      { verbose: true },
    )
  })
})
