/**
 * The JSON Schema that editors get: what this gateway serves, plus what a file may hold besides. `$include` may stand
 * in any object, and keys that only OpenClaw reads are shown as deprecated rather than as mistakes.
 */

import type { ConfigPath } from './config-path.ts'
import { foreignKeysAt } from './foreign-keys.ts'
import { configJsonSchema, type DescribedChannel, isObject, type JsonSchema } from './json-schema.ts'

const includeSchema = {
  description: 'Files to merge in here, relative to this one; what stands beside it is laid over them.',
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
}

const foreignSchema = { description: 'Read by OpenClaw only.', deprecated: true }

export function editorSchema(channels: readonly DescribedChannel[]): JsonSchema {
  return widen(configJsonSchema(channels), [])
}

function widen(schema: JsonSchema, path: ConfigPath): JsonSchema {
  const { properties, additionalProperties, items, anyOf } = schema
  return {
    ...schema,
    ...(isObject(properties) && { properties: widenProperties(properties, path) }),
    ...(isObject(additionalProperties) && {
      additionalProperties: widen(additionalProperties, [...path, '*']),
    }),
    ...(isObject(items) && { items: widen(items, [...path, 0]) }),
    ...(Array.isArray(anyOf) && { anyOf: anyOf.filter(isObject).map((one) => widen(one, path)) }),
  }
}

function widenProperties(properties: JsonSchema, path: ConfigPath): JsonSchema {
  const served = Object.entries(properties).map(([key, value]) => [
    key,
    isObject(value) ? widen(value, [...path, key]) : value,
  ])
  const foreign = foreignKeysAt(path).map((key) => [key, foreignSchema])
  return { ...Object.fromEntries([...foreign, ...served]), $include: includeSchema }
}
