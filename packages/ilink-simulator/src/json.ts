// JSON that keeps 64-bit ids whole. The service writes them as bare numbers above 2^53, which a
// plain JSON.parse rounds; here they are bigints in memory and bare numbers on the wire.

export type JsonValue = string | number | boolean | null | bigint | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }

type SourceText = { source?: string }
type Reviver = (this: unknown, key: string, value: unknown, context: SourceText) => unknown

// Node has both since version 21; TypeScript's library does not name them yet.
declare global {
  interface JSON {
    rawJSON(text: string): object
    parse(text: string, reviver: Reviver): unknown
  }
}

/** Parses JSON; an integer that a double would round becomes a bigint. Throws SyntaxError as JSON.parse does. */
export function parseJson(text: string): JsonValue {
  const value: unknown = JSON.parse(text, (_key, part, { source }) =>
    typeof part === 'number' && !Number.isSafeInteger(part) && source && /^-?\d+$/.test(source)
      ? BigInt(source)
      : part,
  )
  return isJson(value) ? value : null
}

/** Text for the wire: a bigint is a bare number, as the service writes its ids. */
export function wireText(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? JSON.rawJSON(`${part}`) : part))
}

/** Text for the control API: a bigint is a decimal string, so that no client loses its digits. */
export function controlText(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? `${part}` : part))
}

function isJson(value: unknown): value is JsonValue {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The field's text, or '' when it is absent or something else. */
export function textAt(object: JsonObject, key: string): string {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}

export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object[key]
  return isObject(value) ? value : undefined
}

/** The field's number; `undefined` when it is absent or something else. */
export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key]
  return typeof value === 'number' ? value : undefined
}

export function listAt(object: JsonObject, key: string): JsonValue[] {
  const value = object[key]
  return Array.isArray(value) ? value : []
}

/** The field's 64-bit id, sent as a number or as a decimal string. */
export function idAt(object: JsonObject, key: string): bigint | undefined {
  const value = object[key]
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined
}

const uint64Keys = new Set(['message_id', 'msg_id', 'svr_id'])

/** Turns the decimal strings of the three uint64 fields into bigints, at any depth: a control client cannot write those as numbers. */
function withWireIds(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withWireIds)
  return isObject(value) ? withWireIdsIn(value) : value
}

export function withWireIdsIn(object: JsonObject): JsonObject {
  const entries = Object.entries(object).map(([key, value]): [string, JsonValue] => [
    key,
    (uint64Keys.has(key) ? idAt(object, key) : undefined) ?? withWireIds(value),
  ])
  return Object.fromEntries(entries)
}
