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
    ['a Chinese comma', '今天的天气很好，明天也会很好', 10, ['今天的天气很好，', '明天也会很好']],
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

  it.each([
    ['after a Chinese comma', `${'这里只有逗号，'.repeat(12)}https://a.example/b?c=d&e=f，谢谢`],
    ['where nothing else divides the text', `${'字'.repeat(90)}https://a.example/b?c=d&e=f谢谢`],
    ['in a Markdown link', `${'字'.repeat(70)}[这本书](https://a.example/b?c=d&e=f)谢谢`],
    ['without a scheme', `${'x'.repeat(90)}www.example.com/a/long/path/to/a/page`],
    ['in code', `\`\`\`\n${'x'.repeat(80)}https://a.example/b?c=d&e=f&g=h\n\`\`\`\n`],
  ])('does not cut an address that fits: %s', (_name, text) => {
    const [found = ''] = /(?:\[.*\]\()?(?:https:|www\.)[\w/.:?=&]+\)?/.exec(text) ?? []
    const chunks = chunkText(text, 100, 'length')
    expect(chunks.length).toBeGreaterThan(1)
    expect(chunks.filter((chunk) => chunk.includes(found))).toHaveLength(1)
  })

  it('never cuts an address that fits', () => {
    const link = fc.constantFrom(
      'https://a.example/path?x=1&y=2',
      'http://例子.example/页',
      'www.example.com/a/b/c',
    )
    const between = fc.constantFrom('，', ' ', '\n', '。', '（', '）', 'word ', '字'.repeat(7), '\n\n', '、')
    const piece = fc.oneof(
      between,
      fc.tuple(link, between).map(([url, end]) => url + end),
    )
    const text = fc.array(piece, { maxLength: 60, size: 'max' }).map((pieces) => pieces.join(''))
    const limits = fc.integer({ min: 80, max: 200 })
    fc.assert(
      fc.property(text, limits, mode, (given, limit, chunkMode) => {
        const chunks = chunkText(given, limit, chunkMode)
        expect(chunks.join('')).toBe(given)
        const addresses = (of: string) => of.match(/(?:https?:\/\/|www\.)[\x21-\x7e]+/g) ?? []
        const whole = addresses(given).filter((one) => one.length <= limit)
        expect(chunks.flatMap(addresses).filter((one) => one.length <= limit)).toEqual(whole)
      }),
    )
  })

  it('cuts an address that is longer than a message', () => {
    const text = `See https://a.example/${'x'.repeat(300)}`
    expect(chunkText(text, 100, 'length').join('')).toBe(text)
  })

  it.each([
    ['Markdown', '| Name | Price |\n|:-----|------:|\n', '| pear and more | 12 |\n'],
    ['aligned lines', 'Name          | Price\n--------------+------\n', 'pear and more |    12\n'],
    ['a quote of one column', '> | Name |\n> |------|\n', '> | pear and more |\n'],
  ])('repeats the head of a table in each message: %s', (_name, head, row) => {
    const isRepeated = !head.startsWith('>')
    const text = `Prices:\n\n${head}${row.repeat(20)}\nThat is all.`
    const chunks = splitText(text, 150, 'length')
    expect(chunks.map(({ body }) => body).join('')).toBe(text)
    const sent = chunks.map(textOf)
    const withRows = sent.filter((chunk) => chunk.includes('pear'))
    expect(withRows.length).toBeGreaterThan(2)
    if (isRepeated) for (const chunk of withRows) expect(chunk.includes(head)).toBe(true)
    for (const chunk of sent) expect(chunk.length).toBeLessThanOrEqual(150)
    expect(sent.at(-1)).toMatch(/That is all\.$/)
  })

  it('does not take code, rules or lines with bars for a table', () => {
    for (const text of [
      `\`\`\`\na | b\n---|---\n${'c | d\n'.repeat(10)}\`\`\`\n`,
      `${'a | b\n'.repeat(20)}`,
      `a\n---\n${'b | c\n'.repeat(20)}`,
    ]) {
      const openings = splitText(text, 50, 'length').map(({ opening }) => opening)
      for (const opening of openings) expect(opening).toMatch(/^(?:```\n)?$/)
    }
  })

  it('never repeats a head that leaves too little room, and joins to the original', () => {
    const row = fc.constantFrom(
      '| a | b |\n',
      '| long cell | another |\n',
      'a | b\n',
      '|---|---|\n',
      '---+---\n',
      'text\n',
      '\n',
    )
    const text = fc.array(row, { maxLength: 60, size: 'max' }).map((rows) => rows.join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 16, max: 120 }), mode, (given, limit, chunkMode) => {
        const chunks = splitText(given, limit, chunkMode)
        expect(chunks.map(({ body }) => body).join('')).toBe(given)
        for (const chunk of chunks) {
          expect(textOf(chunk).length).toBeLessThanOrEqual(limit)
          expect(chunk.opening.length).toBeLessThanOrEqual(limit / 2)
        }
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
