/**
 * Schemas of tools that an API is known to refuse: one such tool would cost every answer. Only rules that the API
 * documents, and that cost nothing to check; the rest is learnt from its refusals.
 */

import type { ProviderApi } from './types.ts'

/** docs.anthropic.com, "Tool use": the keys of `properties`. */
const anthropicKey = /^[\w.-]{1,64}$/
const combinations = ['oneOf', 'anyOf', 'allOf']

/** Why the API would refuse the schema, for the operator; undefined where nothing is known against it. */
export function schemaProblem(
  schema: Readonly<Record<string, unknown>>,
  api: ProviderApi,
): string | undefined {
  if (schema.type !== 'object')
    return `the type of its input is ${JSON.stringify(schema.type)} instead of "object"`
  if (api === 'openai-completions') return undefined
  const combined = combinations.find((key) => key in schema)
  if (combined !== undefined) return `its schema has "${combined}" at the top`
  const { properties } = schema
  if (api !== 'anthropic-messages' || typeof properties !== 'object' || properties === null) return undefined
  const key = Object.keys(properties).find((one) => !anthropicKey.test(one))
  return key === undefined
    ? undefined
    : `the property ${JSON.stringify(key)} has other characters than letters, digits, "_", "." and "-"`
}
