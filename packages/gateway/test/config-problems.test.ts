/**
 * Every key of the schema with values of the wrong kind: the line about it names the key, what was found and what is
 * allowed, in both languages. No key may fall back to a library's words.
 */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { ConfigError, type ConfigProblem, describeProblem } from '../src/config/config-error.ts'
import { configJsonSchema, isObject, type JsonSchema } from '../src/config/json-schema.ts'
import { loadConfig } from '../src/config/load.ts'
import { formatPath } from '../src/config/located.ts'
import { speechIn } from '../src/language/speech-in.ts'
import { type ConfigFolder, channels, configFolder } from './config-folder.ts'

type Path = readonly (string | number)[]

let folder: ConfigFolder
beforeAll(() => {
  folder = configFolder()
})
afterAll(() => folder.remove())

/** Of every key that can be written, with `x` for a name that is free to choose. */
function* pathsIn(schema: unknown, at: Path = []): Generator<Path> {
  if (!isObject(schema)) return
  if (Array.isArray(schema.anyOf)) for (const one of schema.anyOf) yield* pathsIn(one, at)
  const children: [string | number, unknown][] = [
    ...Object.entries(isObject(schema.properties) ? schema.properties : {}),
    ['x', schema.additionalProperties],
    [0, schema.items],
  ]
  for (const [key, child] of children) {
    if (!isObject(child)) continue
    yield [...at, key]
    yield* pathsIn(child, [...at, key])
  }
}

const allPaths = (schema: JsonSchema) => [
  ...new Map([...pathsIn(schema)].map((path) => [formatPath(path), path])).values(),
]

function problemsOf(path: Path, value: unknown): Promise<readonly ConfigProblem[]> {
  const whole = path.reduceRight(
    (inner, key) => (typeof key === 'number' ? [inner] : { [key]: inner }),
    value,
  )
  const file = folder.write(JSON.stringify(whole))
  return loadConfig({ path: file, env: {}, channels }).then(
    () => [],
    (error: unknown) => {
      if (error instanceof ConfigError) return error.problems
      throw error
    },
  )
}

/** What zod says by itself. */
const wordsOfLibrary =
  /invalid|unrecognized|too (?:small|big)|expected (?:undefined|never|nan)\b|^expected *$/i
/** Says of a key, and not of a value, what is wrong. */
const aboutKey =
  /^(?:unknown key|is missing|is not supported|no installed channel|an account id has|there is no folder)/
/** What is allowed, in a form that every key shares. A sentence of a key's own says it in its own way. */
const shared = /^(?:expected |must |not one of )/

it.each([[true], [5], ['zzz'], [[]], [{ q: 1 }]])(
  '%j at any key is taken, or a line says what is allowed there',
  { timeout: 60_000 },
  async (value) => {
    const { translate } = await speechIn('zh')
    const poor: string[] = []
    for (const path of allPaths(configJsonSchema(channels))) {
      for (const problem of await problemsOf(path, value)) {
        const { message, found, allowed } = problem
        const line = describeProblem({ ...problem, file: '' })
        const saysFound = found !== undefined || aboutKey.test(message)
        const saysAllowed = !message.startsWith('not one of') || (allowed?.length ?? 0) > 0
        const isChinese = !shared.test(message) || !/expected|must|allowed/i.test(translate(line))
        if (wordsOfLibrary.test(message) || !saysFound || !saysAllowed || !isChinese) poor.push(line)
        expect(line).toContain(problem.path)
      }
    }
    expect([...new Set(poor)]).toEqual([])
  },
)
