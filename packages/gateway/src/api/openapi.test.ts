import { expect, expectTypeOf, it } from 'vitest'
import type { AccountReport, GatewayStatus } from '../control/status.ts'
import type { AccountAnswer, StatusAnswer } from './answers.ts'
import { openApiDocument } from './openapi.ts'
import { routes } from './routes.ts'

it('describes each route with its input and its answer', () => {
  const document = JSON.parse(JSON.stringify(openApiDocument(routes)))
  const operations = Object.entries<Record<string, { operationId: string }>>(document.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => ({ path, method, operationId })),
  )
  const described = Object.entries(routes).map(([operationId, { path, method }]) => ({
    path,
    method: method.toLowerCase(),
    operationId,
  }))
  expect(operations).toEqual(expect.arrayContaining(described))
  expect(operations).toHaveLength(described.length)
  expect(document.paths['/api/outbox'].get.parameters).toContainEqual({
    name: 'which',
    in: 'query',
    required: false,
    schema: { type: 'string', enum: ['waiting', 'failed'], default: 'waiting' },
  })
  expect(document.paths['/api/send'].post.requestBody.content['application/json'].schema.required).toEqual([
    'to',
  ])
  expect(document.paths['/api/gateway/stop'].post.responses).toHaveProperty('202')
})

/** Every key in a shape, with those that lead to it. */
type Paths<Shape> = Shape extends readonly (infer Item)[]
  ? Paths<Item>
  : Shape extends object
    ? { [Key in keyof Shape & string]: Key | `${Key}.${Paths<NonNullable<Shape[Key]>>}` }[keyof Shape &
        string]
    : never

it('leaves out nothing of what the gateway tells', () => {
  expectTypeOf<Exclude<Paths<AccountReport>, Paths<AccountAnswer>>>().toBeNever()
  expectTypeOf<Exclude<Paths<GatewayStatus>, Paths<StatusAnswer>>>().toBeNever()
})
