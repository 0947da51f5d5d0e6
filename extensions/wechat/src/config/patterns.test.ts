import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MentionPatterns, mentionPatternsSchema } from './patterns.ts'

const found = (source: string, text: string) => new MentionPatterns([source]).find(text)
const flaw = (source: string) => mentionPatternsSchema.safeParse([source]).error?.issues[0]?.message

describe('a mention pattern', () => {
  it.each([
    ['\\p{Lu}bot', 'xbot'],
    ['^小助手\\b|助手', '小助手'],
    ['\\p{Script=Han}{2}', '你好'],
    ['\\P{sc=Han}', 'a'],
    ['[\\u4e00-\\u9fff]', '中'],
    ['\\u{1F600}|\\ud83e\\udd16', '🤖'],
    ['\\u4e2dab', '中ab'],
    ['[🤖😀]', '😀'],
    ['@bot\\s', '@bot\u2005'],
    ['@bot[,\\s]', '@bot\u3000'],
    ['(?<name>bot) (?<again>bot)', 'bot bot'],
    ['\\\\s', '\\s'],
    ['a\\/', 'a/'],
    ['^bot$', 'BOT'],
  ])('%j matches as in JavaScript', (source, text) => {
    expect(new RegExp(source, 'iu').test(text)).toBe(true)
    expect(found(source, text)).toBe(source)
    expect(flaw(source)).toBeUndefined()
  })

  it.each([
    ['@bot\\S', '@bot\u2005'],
    ['\\\\s', '\u2005'],
    ['^bot$', 'bot\n'],
  ])('%j does not match %j, as in JavaScript', (source, text) => {
    expect([new RegExp(source, 'u').test(text), found(source, text)]).toEqual([false, undefined])
  })

  it.each(['(?=bot)', 'bot(?!s)', '(?<=@)bot', '(?<!@)bot', '(b)\\1', '(?<n>b)\\k<n>', 'b{1001}'])(
    'rejects %j, which cannot be matched in linear time',
    (source) => {
      expect(flaw(source)).toMatch(/^lookaround, backreferences and large repeats are not supported/)
    },
  )

  it('that repeats too much is refused', () => {
    expect(flaw('(?:b{500}|c){2}')).toBe('the pattern repeats too much; write a shorter one')
  })
})

describe('a list of mention patterns', () => {
  it('returns the first pattern that matches', () => {
    expect(new MentionPatterns(['nobody', 'b+o', 'bo']).find('a BBo')).toBe('b+o')
    expect(new MentionPatterns([]).find('')).toBeUndefined()
  })

  it('accepts groups of the same name in two patterns', () => {
    expect(new MentionPatterns(['(?<n>a)', '(?<n>b)']).find('b')).toBe('(?<n>b)')
  })

  it('finds what the first matching pattern finds alone', () => {
    const source = fc.constantFrom('a+b', '^b', '(?:ab)*c', '[^a]b$', 'a|c')
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '@'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(source), text, (sources, said) => {
        const first = sources.find((one) => new RegExp(one, 'iu').test(said))
        expect(new MentionPatterns(sources).find(said)).toBe(first)
      }),
    )
  })

  it('removes matches that begin with "@", and the white space after them', () => {
    const patterns = new MentionPatterns(['(?:hey )?@?bot', '@helper'])
    expect(patterns.cutCalls('hey @bot\u2005do @helper this, bot')).toBe('hey do this, bot')
  })
})
