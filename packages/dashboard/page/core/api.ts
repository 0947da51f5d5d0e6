/**
 * The control API as this page uses it: typed by the same descriptions that the server is made of, and the stream of
 * events, which `EventSource` could not read because it sends no headers.
 */

import type { RouteAnswer, RouteInput, RouteName } from '../../../gateway/src/api/routes.ts'
import { sessionKey } from './session.ts'

/** Method and path by the name of a route; put here by the bundler. */
declare const ROUTE_TABLE: Readonly<Partial<Record<RouteName, readonly [method: string, path: string]>>>

/** What went wrong, in the gateway's words. */
export class ApiError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export const isOver = (error: unknown) => error instanceof ApiError && error.code === 'token-wrong'

const timeoutMs = 20_000
const fileTimeoutMs = 120_000

/** @throws ApiError; its code is `unreachable` where no gateway answers, and `token-wrong` where the session is over */
export async function call<Name extends RouteName>(
  name: Name,
  input: RouteInput<Name>,
): Promise<RouteAnswer<Name>> {
  const [method = 'GET', path = ''] = ROUTE_TABLE[name] ?? []
  const query = method === 'GET' ? new URLSearchParams(definedOf(input)).toString() : ''
  const body = method === 'GET' ? {} : { body: JSON.stringify(input) }
  const response = await ask(query === '' ? path : `${path}?${query}`, {
    method,
    ...body,
    signal: AbortSignal.timeout(timeoutMs),
  })
  return response.json()
}

/** A file of a message, of the type that the gateway names. @throws ApiError as `call` */
export async function fetchFile(query: Readonly<Record<string, string>>): Promise<Blob> {
  const path = `/api/messages/file?${new URLSearchParams(query)}`
  const response = await ask(path, { signal: AbortSignal.timeout(fileTimeoutMs) })
  return response.blob()
}

export async function leave(): Promise<void> {
  await ask('/api/dashboard/leave', { method: 'POST' }).catch(() => undefined)
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const headers = { 'x-moltbot-key': sessionKey(), ...init.headers }
  const response = await fetch(path, { ...init, headers }).catch(() => undefined)
  if (response === undefined) throw new ApiError('unreachable', 'the gateway does not answer')
  if (response.ok) return response
  const answer: { error?: { code: string; message: string } } = await response.json().catch(() => ({}))
  throw new ApiError(answer.error?.code ?? 'unreachable', answer.error?.message ?? response.statusText)
}

function definedOf(input: object): Record<string, string> {
  const defined = Object.entries(input).filter(([, value]) => value !== undefined)
  return Object.fromEntries(defined.map(([key, value]) => [key, String(value)]))
}

export interface ServerEvent {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A connection on which nothing comes for so long is lost; the server says that it is there every 15 s. */
const silenceMs = 40_000

/**
 * Events from now on, or from the one after `lastId`.
 * @throws ApiError as `call`; `unreachable` when the connection ends
 */
export async function* listen(lastId: string | undefined, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
  const quiet = new AbortController()
  const { body } = await ask('/api/events', { headers, signal: AbortSignal.any([signal, quiet.signal]) })
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const timer = setTimeout(() => quiet.abort(), silenceMs)
    const part = await reader?.read().catch(() => undefined)
    clearTimeout(timer)
    if (part?.value === undefined) throw new ApiError('unreachable', 'the connection has ended')
    const blocks = (rest + part.value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) yield eventOf(block)
  }
}

/** A comment becomes an event without a type. */
function eventOf(block: string): ServerEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2))
      .join('\n')
  return { id: field('id'), type: field('event'), data: JSON.parse(field('data') || '{}') }
}
