import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { createLog } from '../log/logger.ts'
import { type ControlServer, listen } from './server.ts'

const token = 'the-right-token'
const explain = vi.fn(async () => ({ action: 'drop', reason: 'dm-disabled', steps: [] }))
const reload = vi.fn(async () => undefined)
let server: ControlServer

beforeEach(async () => {
  const { logger: log } = createLog({ format: 'json', write: () => undefined })
  server = await listen({ host: '127.0.0.1', port: 0, token, target: fakeTarget({ explain, reload }), log })
})
afterEach(() => server.close())

/** fetch always announces the length of a body that is a text. */
async function post(path: string, headers: OutgoingHttpHeaders, pieces: readonly string[] = []) {
  const authorization = `Bearer ${token}`
  const sent = request(server.url + path, { method: 'POST', headers: { authorization, ...headers } })
  // The server may answer, and close, before all is sent.
  sent.on('error', () => undefined)
  const answered = once(sent, 'response')
  for (const piece of pieces) sent.write(piece)
  sent.end()
  const [response] = await answered
  let text = ''
  for await (const piece of response) text += String(piece)
  return { status: response.statusCode, text }
}

const message = JSON.stringify({ conversation: { kind: 'direct', id: 'u' }, senderId: 'u' })
const chunked = { 'transfer-encoding': 'chunked' }

it('takes a request without a body and without its length, as curl -X POST sends it', async () => {
  expect(await post('/api/gateway/reload', {})).toMatchObject({ status: 200 })
  expect(await post('/api/channels/explain', {})).toMatchObject({ status: 400 })
})

it('takes a body in pieces', async () => {
  const pieces = [message.slice(0, 9), message.slice(9)]
  expect(await post('/api/channels/explain', chunked, pieces)).toMatchObject({ status: 200 })
})

it.each([
  ['with its length', '/api/channels/explain', { 'content-length': 70_000 }],
  ['in pieces', '/api/channels/explain', chunked],
  ['with its length, where none is read', '/api/gateway/reload', { 'content-length': 70_000 }],
])('refuses a body that is too large: %s', async (_name, path, headers) => {
  const { status, text } = await post(path, headers, Array<string>(7).fill(' '.repeat(10_000)))
  expect(status).toBe(413)
  expect(text).toContain('body-too-large')
})

it.each(['{', 'null', '[]', '"text"', '\u0000'])('refuses what is no order: %j', async (body) => {
  expect(await post('/api/channels/explain', chunked, [body])).toMatchObject({ status: 400 })
})
