/**
 * The `fetch` given to the libraries for models and MCP: bounds what a server can make the gateway hold in memory, and
 * keeps a key from following a redirect to another host. It is Node's HTTP client behind the shape of `fetch`, which
 * takes half the processor time of the built-in one for a model's answer (docs/decisions.md).
 */

import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createUnzip } from 'node:zlib'
import { codeOf } from '@moltbot/channel-sdk'
import { outgoingAgent } from '../network/outgoing.ts'

/** No text reply comes near it; the libraries' own limit is 2 GiB. */
export const maxReplyBytes = 8 * 1024 * 1024

/**
 * As `fetch`, but a redirect is returned as it is and a body past {@link maxReplyBytes} fails. Only a body of events is
 * streamed; any other one is read before the promise resolves.
 * @throws the reason of `init.signal`; a `TypeError` "fetch failed", whose cause is the network's error
 */
export async function cappedFetch(
  input: Parameters<typeof fetch>[0],
  init: RequestInit = {},
): Promise<Response> {
  const { method = 'GET', signal } = init
  const { headers, body } = await encoded(init)
  const url = new URL(input instanceof Request ? input.url : input)
  signal?.throwIfAborted()
  try {
    return await responseOf(await send(url, { method, headers }, body, signal), signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof TooLargeError) throw error
    throw new TypeError('fetch failed', { cause: error }) // What the AI SDK tries again.
  }
}

class TooLargeError extends Error {
  override readonly message = `the reply is larger than ${maxReplyBytes} bytes`
}

type Encoded = { headers: Record<string, string>; body: string | Uint8Array }

async function encoded({ body = '', headers: given }: RequestInit): Promise<Encoded> {
  const headers = { 'accept-encoding': 'identity', ...Object.fromEntries(new Headers(given)) }
  if (typeof body === 'string' || body instanceof Uint8Array) return { headers, body }
  const form = new Response(body) // Of a form it makes the bytes and the boundary between its parts.
  const type = form.headers.get('content-type')
  return { headers: { ...headers, ...(type !== null && { 'content-type': type }) }, body: await form.bytes() }
}

type Signal = AbortSignal | null | undefined

function send(
  url: URL,
  options: RequestOptions,
  body: Encoded['body'],
  signal: Signal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const agent = outgoingAgent(url)
  const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, { ...options, agent })
  // Node's own `signal` option ends the process where the answer has come and is not read yet: it destroys a socket, with
  // an error, without a listener.
  const onAbort = () => request.destroy()
  signal?.addEventListener('abort', onAbort, { once: true })
  request.once('close', () => signal?.removeEventListener('abort', onAbort))
  request.once('response', resolve)
  request.on('error', (error) => {
    // The server has closed an idle connection in the moment in which it was used again: nothing was read.
    const wasIdle = request.reusedSocket && codeOf(error) === 'ECONNRESET' && !signal?.aborted
    if (wasIdle) send(url, options, body, signal).then(resolve, reject)
    else reject(error)
  })
  request.end(body)
  return promise
}

async function responseOf(message: IncomingMessage, signal: Signal): Promise<Response> {
  const { statusCode: status = 0, statusMessage: statusText = '', headersDistinct } = message
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  const isStream = headers.get('content-type')?.startsWith('text/event-stream')
  const parts = capped(decoded(message), signal)
  const body = isStream ? ReadableStream.from(parts) : await bytesOf(parts)
  return new Response(body, { status, statusText, headers })
}

/** Readers of the body get its errors; one that comes before or after them must not end the process. */
const ignored = () => undefined

/** The plain body of a server that encodes it although it was asked not to. */
function decoded(message: IncomingMessage): Readable {
  message.on('error', ignored)
  const encoding = message.headers['content-encoding'] ?? 'identity'
  if (encoding === 'identity') return message
  const decoder = encoding === 'br' ? createBrotliDecompress() : createUnzip()
  return pipeline(message, decoder.on('error', ignored), ignored)
}

/** null where there is none: some statuses must not have one. */
async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return parts.length === 0 ? null : Buffer.concat(parts)
}

async function* capped(body: Readable, signal: Signal): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > maxReplyBytes) throw new TooLargeError()
    yield part
  }
  signal?.throwIfAborted() // A body that was cut off ends like a whole one.
}
