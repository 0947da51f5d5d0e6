import fc from 'fast-check'
import { expect, test } from 'vitest'
import { controlText, parseJson, wireText, withWireIdsIn } from './json.ts'

const uint64 = fc.bigInt(0n, 2n ** 64n - 1n)

test('an id keeps every digit from text to text, wherever it stands', () => {
  fc.assert(
    fc.property(uint64, fc.string(), (id, words) => {
      const text = `{"msgs":[{"message_id":${id},"item_list":[{"msg_id":${id},"text":${JSON.stringify(words)}}]}]}`
      expect(wireText(parseJson(text))).toBe(text)
    }),
  )
})

test('digits in a text are no number', () => {
  const text = '{"text":"\\"message_id\\":9007199254740993"}'
  expect(wireText(parseJson(text))).toBe(text)
})

test('any JSON comes out as it went in', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(JSON.parse(wireText(parseJson(text)))).toEqual(JSON.parse(text))
    }),
  )
})

test('the control API writes an id as a decimal string, and the wire writes it back as a number', () => {
  fc.assert(
    fc.property(uint64, (id) => {
      const forControl: unknown = JSON.parse(controlText({ svr_id: id }))
      expect(forControl).toEqual({ svr_id: `${id}` })
      expect(wireText(withWireIdsIn({ svr_id: `${id}` }))).toBe(`{"svr_id":${id}}`)
    }),
  )
})

test('other fields of digits stay strings', () => {
  expect(wireText(withWireIdsIn({ len: '12', nested: [{ text: '12' }] }))).toBe(
    '{"len":"12","nested":[{"text":"12"}]}',
  )
})
