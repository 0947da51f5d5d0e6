/**
 * A recorded request as fields that can be compared: what is the same in every run stays as it is, what was handed out
 * is called by its name, and what a client made up is reduced to its form.
 */

import type { RecordedRequest } from 'ilink-simulator'
import type { Names } from './phone.ts'

/** Field name (`query.bot_type`, `header.host`, `body.msg.item_list[0].type`) to shape. */
export type Fields = ReadonlyMap<string, string>

const forms: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, '<uuid>'],
  [/^[0-9a-f]{32}$/, '<32 hex>'],
  [/^[\w-]+:\d{13}-[0-9a-f]{8}$/, '<name>:<ms>-<8 hex>'],
  [/^[\w-]+:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, '<name>:<uuid>'],
]

/** Forms that lie under base64. */
const decodedForms: readonly (readonly [RegExp, string])[] = [
  [/^\d{1,10}$/, 'base64(<uint32>)'],
  [/^[0-9a-f]{32}$/, 'base64(<32 hex>)'],
  [/^[0-9a-f]{12}@im\.bot 1 \d+$/, '<cursor after message 1>'],
  [/^[0-9a-f]{12}@im\.bot 2 \d+$/, '<cursor after message 2>'],
]

const formIn = (text: string, known: typeof forms) => known.find(([form]) => form.test(text))?.[1]

/** 40 and more characters without a blank: what the backend hands out, such as tickets and CDN parameters. */
const opaque = /^[\w+/=-]{40,}$/

const formOf = (text: string): string | undefined =>
  formIn(text, forms) ??
  formIn(Buffer.from(text, 'base64').toString('latin1'), decodedForms) ??
  (opaque.test(text) ? `<opaque, ${text.length}>` : undefined)

/** Literal text is quoted, so that it differs from the number or boolean of the same look. */
const shapeOf = (value: unknown, names: Names): string => {
  if (typeof value !== 'string') return typeof value === 'bigint' ? `${value}` : JSON.stringify(value)
  const bearer = /^Bearer (.*)$/.exec(value)?.[1]
  if (bearer !== undefined) return `Bearer ${shapeOf(bearer, names)}`
  return names.get(value) ?? formOf(value) ?? JSON.stringify(value)
}

type Leaf = [field: string, value: unknown]

/** Everything under a path that has no parts; an empty list or object is a leaf of its own. */
const leavesOf = (path: string, value: unknown): Leaf[] => {
  if (typeof value !== 'object' || value === null) return [[path, value]]
  const parts = Array.isArray(value)
    ? value.flatMap((part, index) => leavesOf(`${path}[${index}]`, part))
    : Object.entries(value).flatMap(([key, part]) => leavesOf(`${path}.${key}`, part))
  return parts.length > 0 ? parts : [[path, Array.isArray(value) ? [] : {}]]
}

/** The length of a JSON body follows from its fields; of an upload it is a fact of its own. */
const isTold = (endpoint: string) => (field: string) =>
  endpoint === 'upload' || field !== 'header.content-length'

export const fieldsOf = (request: RecordedRequest, names: Names): Fields => {
  const { endpoint, method, path, query, headers, body } = request
  const leaves: Leaf[] = [
    ['method', method],
    ['path', path],
    ...Object.entries(query).map(([key, value]): Leaf => [`query.${key}`, value]),
    ...Object.entries(headers).map(([key, value]): Leaf => [`header.${key}`, value]),
    ...leavesOf('body', body),
  ]
  const told = leaves.filter(([field]) => isTold(endpoint)(field))
  return new Map(told.map(([field, value]) => [field, shapeOf(value, names)]))
}
