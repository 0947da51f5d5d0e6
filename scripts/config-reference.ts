/**
 * Writes the manual's key reference, English and Chinese, from the JSON Schema of a whole configuration.
 * `--check` writes nothing and exits 1 when a page is not current.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { configJsonSchema, isObject, type JsonSchema } from '../packages/gateway/src/config/json-schema.ts'
import { chineseMeanings } from './chinese-meanings.ts'

interface Words {
  readonly intro: string
  readonly columns: string
  readonly boolean: string
  readonly text: string
  readonly url: string
  readonly anything: string
  readonly object: string
  readonly or: string
  readonly required: string
  readonly integer: string
  readonly number: string
  /** Limits of a number: `minimum`, `exclusiveMinimum`, `maximum`. */
  readonly bounds: readonly [least: string, above: string, most: string]
  /** The description of a key or object in the schema, in this language. */
  meaning(description: string): string
  list(of: string): string
  map(of: string): string
  /** Text for an object that was already described under `path`. */
  same(path: string): string
  /** Text for an object whose keys are all keys of its parent. */
  subset(path: string, without: readonly string[]): string
}

const english: Words = {
  intro: `# Every key

[中文](config-reference.zh-CN.md)

Every key of the configuration, generated from the schema that validates it. How the keys work together is described in
[configuration](configuration.md). A key that is not listed here is an error, unless it is a key that only OpenClaw reads.`,
  columns: '| key | value | default | meaning |',
  boolean: '`true` or `false`',
  text: 'text',
  url: 'URL',
  anything: 'anything',
  object: 'object',
  or: ' or ',
  required: 'required',
  integer: 'whole number',
  number: 'number',
  bounds: [', at least ', ', above ', ', at most '],
  meaning: (description) => description,
  list: (of) => `list of ${of}`,
  map: (of) => `${of} by id`,
  same: (path) => `As ${path}.`,
  subset: (path, without) => `Every key of ${path} but ${without.join(', ')}.`,
}

const chinese: Words = {
  intro: `# 全部配置项

[English](config-reference.md)

本页列出配置文件的全部配置项，由校验配置的 schema 生成。各项如何配合使用，见[配置](configuration.zh-CN.md)。
写了这里没有的配置项会报错，仅供 OpenClaw 读取的除外。`,
  columns: '| 配置项 | 取值 | 默认值 | 含义 |',
  boolean: '`true` 或 `false`',
  text: '文本',
  url: 'URL',
  anything: '任意',
  object: '对象',
  or: ' 或 ',
  required: '必填',
  integer: '整数',
  number: '数字',
  bounds: ['，不小于 ', '，大于 ', '，不大于 '],
  meaning: inChinese,
  list: (of) => `${of}列表`,
  map: (of) => `以 id 为键的${of}`,
  same: (path) => `同 ${path}。`,
  subset: (path, without) => `${path} 的全部配置项，${without.join('、')} 除外。`,
}

const usedMeanings = new Set<string>()

const channels = [{ id: 'wechat', label: 'WeChat', configSchema: wechatConfigSchema }]

const pages: readonly [file: string, words: Words][] = [
  ['config-reference.md', english],
  ['config-reference.zh-CN.md', chinese],
]

for (const [name, words] of pages) {
  const file = fileURLToPath(new URL(`../docs/${name}`, import.meta.url))
  const text = reference(configJsonSchema(channels), words)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`docs/${name} is not current; run: npm run docs:reference`)
    process.exitCode = 1
  }
}

for (const description of Object.keys(chineseMeanings)) {
  if (usedMeanings.has(description)) continue
  console.error(`scripts/chinese-meanings.ts has a text for no key: ${description}`)
  process.exitCode = 1
}

/** @throws if nobody has written the Chinese yet */
function inChinese(description: string): string {
  const chinese = chineseMeanings[description]
  if (chinese === undefined) throw new Error(`scripts/chinese-meanings.ts lacks: ${description}`)
  usedMeanings.add(description)
  return chinese
}

function reference(schema: JsonSchema, words: Words): string {
  const described = new Map<string, string>()
  const sections = entries(schema.properties).flatMap(([key, value]) =>
    sectionsOf(key, value, undefined, { words, described }),
  )
  return `${[words.intro, table(schema, '', words), ...sections].join('\n\n')}\n`
}

interface Context {
  readonly words: Words
  /** The path of each described object, by its JSON. */
  readonly described: Map<string, string>
}

/** An object that a section describes, and its path. */
interface Described {
  readonly path: string
  readonly schema: JsonSchema
}

/** A heading for each object at `path` or below it. */
function sectionsOf(
  path: string,
  schema: JsonSchema,
  parent: Described | undefined,
  context: Context,
): string[] {
  return alternatives(schema).flatMap((one, _, all) => {
    if (isObject(one.properties))
      return objectSections({ path: pathOf(path, one, all), schema: one }, schema, parent, context)
    const inner = isObject(one.additionalProperties) ? one.additionalProperties : one.items
    const place = one.items === inner ? path : `${path}.<id>`
    return isObject(inner) ? sectionsOf(place, inner, parent, context) : []
  })
}

function objectSections(
  object: Described,
  { description }: JsonSchema,
  parent: Described | undefined,
  context: Context,
): string[] {
  const { words, described } = context
  const { path, schema } = object
  const about = schema.description ?? description
  const meaning = about ? [words.meaning(String(about))] : []
  const section = (body: string) => [`## \`${path}\``, ...meaning, body].join('\n\n')
  const same = described.get(JSON.stringify(schema.properties))
  if (same !== undefined) return [section(words.same(linkTo(same)))]
  const without = parent && keysMissingHere(schema, parent.schema)
  if (without !== undefined) return [section(words.subset(linkTo(parent?.path ?? ''), without.map(code)))]
  described.set(JSON.stringify(schema.properties), path)
  return [
    section(table(schema, path, words)),
    ...entries(schema.properties).flatMap(([key, value]) =>
      sectionsOf(`${path}.${key}`, value, object, context),
    ),
  ]
}

/** The keys of the parent that `schema` lacks. Undefined if `schema` has keys of its own. */
function keysMissingHere(schema: JsonSchema, parent: JsonSchema): string[] | undefined {
  const above = new Map(entries(parent.properties).map(([key, value]) => [key, JSON.stringify(value)]))
  const own = entries(schema.properties)
  if (!own.every(([key, value]) => above.get(key) === JSON.stringify(value))) return undefined
  const keys = own.map(([key]) => key)
  return [...above.keys()].filter((key) => !keys.includes(key))
}

function table(schema: JsonSchema, path: string, words: Words): string {
  const rows = entries(schema.properties).map(([key, value]) => {
    const place = path === '' ? key : `${path}.${key}`
    const isRequired = Array.isArray(schema.required) && schema.required.includes(key)
    const standard = isRequired ? words.required : defaultOf(value)
    const meaning = value.description ? words.meaning(String(value.description)) : ''
    return `| \`${key}\` | ${shownValue(value, place, words)} | ${standard} | ${cell(meaning)} |`
  })
  return [words.columns, '|---|---|---|---|', ...rows].join('\n')
}

function defaultOf({ default: standard }: JsonSchema): string {
  const isEmptyObject = isObject(standard) && Object.keys(standard).length === 0
  return standard === undefined || isEmptyObject ? '' : cell(code(JSON.stringify(standard)))
}

/** The values of a key, in words. An object with keys links to its section. */
function shownValue(schema: JsonSchema, path: string, words: Words): string {
  const { type, enum: values, items, additionalProperties, format } = schema
  const all = alternatives(schema)
  if (all.length > 1) return all.map((one) => shownValue(one, pathOf(path, one, all), words)).join(words.or)
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (Array.isArray(values)) return values.map((value) => code(JSON.stringify(value))).join(', ')
  if (type === 'boolean') return words.boolean
  if (type === 'string') return format === 'uri' ? words.url : words.text
  if (type === 'integer' || type === 'number') return words[type] + boundsOf(schema, words)
  if (type === 'array' && isObject(items)) return words.list(shownValue(items, path, words))
  if (isObject(schema.properties)) return `[${words.object}](#${anchorOf(path)})`
  if (isObject(additionalProperties))
    return words.map(shownValue(additionalProperties, `${path}.<id>`, words))
  return words.anything
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: JsonSchema, words: Words): string {
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  const bounds = [minimum, exclusiveMinimum, most]
  return words.bounds.map((bound, at) => (bounds[at] === undefined ? '' : bound + bounds[at])).join('')
}

/** The path of an object among alternatives. It contains the first key of the object, which the others do not have. */
function pathOf(path: string, schema: JsonSchema, all: readonly JsonSchema[]): string {
  const objects = all.filter(({ properties }) => isObject(properties))
  if (objects.length < 2) return path
  const [[key, value] = []] = entries(schema.properties)
  const named = value?.const === undefined ? '' : `: ${String(value.const)}`
  return `${path} {${key}${named}}`
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf = anyOf } = schema
  return Array.isArray(oneOf) ? oneOf.filter(isObject).flatMap(alternatives) : [schema]
}

/** The keys that this version supports. */
function entries(properties: unknown): [key: string, schema: JsonSchema][] {
  return Object.entries(isObject(properties) ? properties : {}).flatMap<[string, JsonSchema]>(
    ([key, value]) => {
      const isServed = isObject(value) && !('not' in value) && value.description !== 'Read by OpenClaw only.'
      return isServed ? [[key, value]] : []
    },
  )
}

function code(text: string): string {
  return `\`${text}\``
}

function linkTo(path: string): string {
  return `[${code(path)}](#${anchorOf(path)})`
}

/** The anchor that GitHub derives from a heading. */
function anchorOf(path: string): string {
  return path
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
