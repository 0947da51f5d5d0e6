/**
 * The control plane's OpenAPI document, made from the routes.
 */

import { z } from 'zod'
import { version } from '../version.ts'
import type { Route } from './route.ts'

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) })

/** OpenAPI 3.1, which takes JSON Schema as it is. */
export function openApiDocument(routes: Readonly<Record<string, Route>>): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [name, route] of Object.entries(routes))
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operation(name, route) }
  return {
    openapi: '3.1.0',
    info: { title: 'moltbot gateway', version },
    security: [{ controlToken: [] }],
    components: { securitySchemes: { controlToken: { type: 'http', scheme: 'bearer' } } },
    paths,
  }
}

function operation(name: string, { method, path, summary, input, answer, status = 200 }: Route): object {
  return {
    operationId: name,
    summary,
    ...(method === 'GET'
      ? { parameters: parametersOf(path, input) }
      : { requestBody: json(inputSchema(input)) }),
    responses: {
      [status]: { description: 'done', ...json(jsonSchema(answer)) },
      default: { description: 'refused', ...json(jsonSchema(errorSchema)) },
    },
  }
}

function parametersOf(path: string, input: z.ZodType): object[] {
  if (!(input instanceof z.ZodObject)) return []
  return Object.entries(input.shape).map(([name, schema]) => ({
    name,
    in: path.includes(`{${name}}`) ? 'path' : 'query',
    required: !z.safeParse(schema, undefined).success,
    schema: inputSchema(schema),
  }))
}

const json = (schema: object) => ({ content: { 'application/json': { schema } } })

const jsonSchema = (schema: z.core.$ZodType) => withoutDialect(z.toJSONSchema(schema))
const inputSchema = (schema: z.core.$ZodType) => withoutDialect(z.toJSONSchema(schema, { io: 'input' }))

/** It is said once, for the whole document. */
function withoutDialect({ $schema: _, ...schema }: { readonly $schema?: unknown }): object {
  return schema
}
