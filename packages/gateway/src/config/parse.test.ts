import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { type Located, nodeAt, placeOf, plainValue } from './located.ts'
import { parseConfig } from './parse.ts'

const parse = (text: string): Located => parseConfig(text, 'c.json5')

/** `line:column path message` of every problem. */
function flaws(text: string): string[] {
  try {
    parse(text)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`)
  }
}

test('JSON5 is read: comments, bare keys, single quotes, trailing commas, hexadecimal, Infinity', () => {
  const text =
    '\uFEFF// c\n{ a: \'x\\u0041\', "b": [1, .5, +0x1F, -Infinity,], /* d */ c: { d: null, e: true }, }'
  expect(plainValue(parse(text))).toEqual({ a: 'xA', b: [1, 0.5, 31, -Infinity], c: { d: null, e: true } })
})

test('keys and values know their places', () => {
  const root = parse("{\n  a: {\n    'b c': [\n      1, 2],\n  },\n}")
  expect(placeOf(root, ['a', 'b c'])).toEqual({ file: 'c.json5', line: 3, column: 5 })
  expect(placeOf(root, ['a', 'b c', 1])).toMatchObject({ line: 4, column: 10 })
  expect(nodeAt(root, ['a', 'b c'])?.place).toMatchObject({ line: 3, column: 12 })
})

test('the place of what is not there is the nearest key above it', () => {
  const root = parse('{\n  a: {\n    b: 1,\n  },\n}')
  expect(placeOf(root, ['a', 'x', 'y'])).toMatchObject({ line: 2, column: 3 })
  expect(placeOf(root, ['a', 'b', 'c'])).toMatchObject({ line: 3, column: 5 })
  expect(placeOf(root, ['x'])).toMatchObject({ line: 1, column: 1 })
})

test('a text that breaks off after a backslash is refused', () => {
  expect(flaws('{ a: "b\\')).toHaveLength(1)
  expect(flaws("'\\")).toHaveLength(1)
})

test('a duplicate key is an error, and so is __proto__', () => {
  expect(flaws('{\n  a: { b: 1,\n    "b": 2 },\n  __proto__: {},\n}')).toEqual([
    '3:5 a.b duplicate key; the first is at line 2',
    '4:3 __proto__ no key may have this name',
  ])
})

test('endless nesting is an error, at any depth', () => {
  expect(flaws(`${'['.repeat(64)}${']'.repeat(64)}`)).toEqual([])
  expect(flaws(`${'['.repeat(70)}${']'.repeat(70)}`)[0]).toMatch(/nested more than 64 levels deep$/)
  expect(flaws('['.repeat(200_000))).toEqual(['1:1  nested more than 64 levels deep'])
})

test('any JSON value is read as JSON.parse reads it', () => {
  const value = fc.jsonValue({ maxDepth: 5 }).filter((one) => !JSON.stringify(one).includes('"__proto__"'))
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), (json, indent) => {
      const text = JSON.stringify(json, null, indent)
      expect(plainValue(parse(text))).toEqual(JSON.parse(text))
    }),
  )
})

test('any text is read or refused with problems', () => {
  const scrap = fc.string({
    unit: fc.constantFrom(...'{}[]:,"\'\\/*ab10.-+eNaN\n $\u2028\u00a0'),
    maxLength: 40,
  })
  fc.assert(fc.property(fc.oneof(scrap, fc.string({ unit: 'binary' })), (text) => void flaws(text)))
})
