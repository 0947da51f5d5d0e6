import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseLossless } from './json.ts'

it('integers beyond 2^53 come out as their own digits', () => {
  const text =
    '{"message_id": 18446744073709551615, "small": 42, "list": [9007199254740993, -9007199254740993]}'
  expect(parseLossless(text)).toEqual({
    message_id: '18446744073709551615',
    small: 42,
    list: ['9007199254740993', '-9007199254740993'],
  })
})

it('digits inside of texts are left alone', () => {
  const text = '{"text": "\\"message_id\\": 18446744073709551615", "1844674407370955161518": 1.5}'
  expect(parseLossless(text)).toEqual({
    text: '"message_id": 18446744073709551615',
    '1844674407370955161518': 1.5,
  })
})

it('no integer of 64 bits loses a digit, wherever it stands', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (id) => {
      expect(String((parseLossless(`[{"a": ${id}}]`) as [{ a: unknown }])[0].a)).toBe(String(id))
    }),
  )
})

it('everything else is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(
      fc.json().filter((text) => !/\d{16}/.test(text)),
      (text) => {
        expect(parseLossless(text)).toEqual(JSON.parse(text))
      },
    ),
  )
})
