import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { partOf } from './partial-quote.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

it('the part runs from the n-th start to the n-th end', () => {
  expect(partOf('one two three two one', { start: 'two', end: 'one', startindex: 0, endindex: 1 })).toBe(
    'two three two one',
  )
  expect(partOf('a-b a-c a-b', { start: 'a', end: 'b', startindex: 2, endindex: 1 })).toBe('a-b')
})

it('an end counted from the start marker is found if the md5 matches', () => {
  const partial = { start: 'x', end: 'b', startindex: 0, endindex: 1, quotemd5: md5('x b b') }
  expect(partOf('b b x b b', partial)).toBe('x b b')
})

it('without a match the whole text is quoted', () => {
  expect(partOf('something', { start: 'no', end: 'such' })).toBe('something')
  expect(partOf('some thing', { start: 'some', end: 'thing', quotemd5: md5('other') })).toBe('some thing')
})

it('never throws, and a part is always a substring of the text', () => {
  const index = fc.option(fc.oneof(fc.integer(), fc.double()), { nil: undefined })
  const marker = fc.option(fc.string({ maxLength: 3, unit: fc.constantFrom('a', 'b', '你') }), {
    nil: undefined,
  })
  const partial = fc.record({
    start: marker,
    end: marker,
    startindex: index,
    endindex: index,
    quotemd5: marker,
  })
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'b', '你', ' ') }), partial, (text, part) => {
      expect(text).toContain(partOf(text, part))
    }),
  )
})
