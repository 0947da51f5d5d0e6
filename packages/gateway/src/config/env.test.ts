// biome-ignore-all lint/suspicious/noTemplateCurlyInString: such strings are what is tested here
import { expect, test } from 'vitest'
import { substituteEnv } from './env.ts'
import { nodeAt, plainValue } from './located.ts'
import { parseConfig } from './parse.ts'

const env = { KEY: 'k$&1', OTHER: 'two words', EMPTY: '', NESTED: '${KEY}' }
const substitute = (text: string) => substituteEnv(parseConfig(text, 'c.json5'), env)

test('variables are replaced wherever they stand in a string, and by what they hold as it is', () => {
  const { root, problems } = substitute("{ a: ['${KEY}', 'x ${OTHER}-${KEY}'], b: '${NESTED}' }")
  expect(problems).toEqual([])
  expect(plainValue(root)).toEqual({ a: ['k$&1', 'x two words-k$&1'], b: '${KEY}' })
})

test('two dollars make a plain one', () => {
  expect(plainValue(substitute("['$${KEY}', '$$${KEY}', '$5 {x}', '$$']").root)).toEqual([
    '${KEY}',
    '$${KEY}',
    '$5 {x}',
    '$$',
  ])
})

test('keys stay as they are', () => {
  expect(plainValue(substitute("{ '${KEY}': 1 }").root)).toEqual({ '${KEY}': 1 })
})

const cure = (name: string) =>
  `set it (export ${name}=…), or write ${name}=… to the file .env beside the configuration`

test('a missing or empty variable is named with its key and place', () => {
  const { problems } = substitute("{\n  a: { apiKey: '${NOPE} ${EMPTY}' },\n  b: ['${toString}'],\n}")
  expect(problems.map(({ line, path, message }) => `${line} ${path} ${message}`)).toEqual([
    `2 a.apiKey the environment variable NOPE is not set, or empty; ${cure('NOPE')}`,
    `2 a.apiKey the environment variable EMPTY is not set, or empty; ${cure('EMPTY')}`,
    `3 b[0] the environment variable toString is not set, or empty; ${cure('toString')}`,
  ])
})

test.each(['${', '${}', '${a b}', '${1}', 'x ${KEY'])('%j is an unfinished reference', (text) => {
  expect(substitute(JSON.stringify([text])).problems).toHaveLength(1)
})

test('a value remembers what came from the environment', () => {
  expect(nodeAt(substitute("{ a: 'Bearer ${KEY}' }").root, ['a'])).toMatchObject({ fromEnv: ['k$&1'] })
})
