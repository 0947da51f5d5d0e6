import { describe, expect, it } from 'vitest'
import { widthOf } from './table.ts'

describe('widthOf', () => {
  it.each([
    ['ASCII', 'abc', 3],
    ['Latin with accents', 'naïve', 5],
    ['a combining accent', 'e\u0301', 1],
    ['Chinese', '数量', 4],
    ['Japanese and Korean', 'かな한글', 8],
    ['full-width punctuation', '，：（', 6],
    ['a family emoji', '👨‍👩‍👧', 2],
    ['a symbol shown as emoji', '❤️', 2],
    ['typographic quotes', '“a”', 3],
  ])('counts the columns of %s', (_name, text, width) => {
    expect(widthOf(text)).toBe(width)
  })
})
