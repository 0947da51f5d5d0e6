/**
 * The JSON Schema of a whole configuration: the gateway's own and that of every channel, for editors, the manual and
 * "did you mean". Editors get more than this gateway serves: `$include` may be in any object, and keys that only OpenClaw
 * reads are shown as deprecated rather than as mistakes.
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import { foreignKeysAt } from './foreign-keys.ts'
import type { ConfigPath } from './located.ts'
import { gatewayConfigSchema } from './schema.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

export type DescribedChannel = Pick<ChannelPlugin, 'id' | 'label' | 'configSchema'>

const target = 'draft-2020-12'

/** What this gateway serves, and nothing else. */
export function configJsonSchema(channels: readonly DescribedChannel[]): JsonSchema {
  const root = gatewayConfigSchema['~standard'].jsonSchema.input({ target })
  return {
    ...root,
    title: 'moltbot configuration',
    properties: {
      ...propertiesOf(root),
      channels: {
        type: 'object',
        description: 'The channels that the gateway runs, by id.',
        properties: Object.fromEntries(channels.map((channel) => [channel.id, channelSchema(channel)])),
        additionalProperties: false,
      },
    },
  }
}

function channelSchema({ label, configSchema }: DescribedChannel): JsonSchema {
  const { $schema: _, ...schema } = configSchema['~standard'].jsonSchema.input({ target })
  return { description: `The ${label} channel.`, ...schema }
}

/** The keys that the object at `path` may have. */
export function keysAt(schema: JsonSchema, path: ConfigPath): string[] {
  const served = schemasAt(schema, path)
    .flatMap((one) => Object.entries(propertiesOf(one)))
    .filter(([, value]) => isServed(value))
  return [...new Set(served.map(([key]) => key))]
}

/** The default of the key at `path`. Undefined: it has none, or there is no such key. */
export function defaultAt(schema: JsonSchema, path: ConfigPath): unknown {
  return schemasAt(schema, path).find((one) => 'default' in one)?.default
}

function schemasAt(schema: JsonSchema, path: ConfigPath): JsonSchema[] {
  return path.reduce<JsonSchema[]>(
    (schemas, key) => schemas.flatMap((one) => childrenOf(one, key)),
    alternatives(schema),
  )
}

function childrenOf(schema: JsonSchema, key: string | number): JsonSchema[] {
  const properties = propertiesOf(schema)
  const child =
    typeof key === 'number'
      ? schema.items
      : Object.hasOwn(properties, key)
        ? properties[key]
        : schema.additionalProperties
  return isObject(child) ? alternatives(child) : []
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf = anyOf } = schema // One of them: told apart by a key, such as `type`.
  return Array.isArray(oneOf) ? oneOf.filter(isObject).flatMap(alternatives) : [schema]
}

function propertiesOf(schema: JsonSchema): JsonSchema {
  return isObject(schema.properties) ? schema.properties : {}
}

/** `{not: {}}` is how a schema says that a key is known but may not be used yet. */
function isServed(schema: unknown): boolean {
  return isObject(schema) && !('not' in schema)
}

export function isObject(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const includeSchema = {
  description: 'Files to merge in here, relative to this one; keys beside it override theirs.',
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
}

const foreignSchema = { description: 'Read by OpenClaw only.', deprecated: true }

export function editorSchema(channels: readonly DescribedChannel[]): JsonSchema {
  return widen(configJsonSchema(channels), [])
}

function widen(schema: JsonSchema, path: ConfigPath): JsonSchema {
  const { properties, additionalProperties, items, anyOf, oneOf } = schema
  return {
    ...schema,
    ...(isObject(properties) && { properties: widenProperties(properties, path) }),
    ...(isObject(additionalProperties) && {
      additionalProperties: widen(additionalProperties, [...path, '*']),
    }),
    ...(isObject(items) && { items: widen(items, [...path, 0]) }),
    ...(Array.isArray(oneOf) && { oneOf: oneOf.filter(isObject).map((one) => widen(one, path)) }),
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
