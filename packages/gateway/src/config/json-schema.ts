/**
 * The JSON Schema of a whole configuration: the gateway's own and that of every channel, for editors, the manual and
 * "did you mean".
 */

import type { ChannelPlugin } from '@moltbot/channel-sdk'
import type { ConfigPath } from './config-path.ts'
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

/** The keys that may stand at `path`. */
export function keysAt(schema: JsonSchema, path: ConfigPath): string[] {
  const candidates = path.reduce<JsonSchema[]>(
    (schemas, key) => schemas.flatMap((one) => childrenOf(one, key)),
    alternatives(schema),
  )
  const served = candidates
    .flatMap((one) => Object.entries(propertiesOf(one)))
    .filter(([, value]) => isServed(value))
  return [...new Set(served.map(([key]) => key))]
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
  const { anyOf } = schema
  return Array.isArray(anyOf) ? anyOf.filter(isObject).flatMap(alternatives) : [schema]
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
