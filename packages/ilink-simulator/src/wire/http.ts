// Small tools over node:http.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * The body as text; `undefined` when it is longer than `maxBytes`, which is read to its end all the same, since an
 * answer in the middle of it would look like a broken connection. Rejects when the client breaks off.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  return bytes <= maxBytes ? Buffer.concat(chunks).toString('utf8') : undefined
}

export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': `${contentType}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    ...headers,
  })
  response.end(text)
}

/** Aborts when the client hangs up before its answer was complete. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort()
  })
  if (response.closed || response.socket?.destroyed) controller.abort()
  return controller.signal
}

/** The latest watched answer of each connection: a client that asks again on it has read the ones before. */
const watched = new WeakMap<Socket, () => void>()

/**
 * Calls `onLost` when the client hangs up before the answer is written, or within `confirmMs` after: a process that is
 * killed at that moment has an answer in its socket that it never read. A client that closes each connection by itself
 * looks the same, so what is done then must be harmless when the answer did arrive.
 */
export function watchDelivery(response: ServerResponse, confirmMs: number, onLost: () => void): void {
  const { socket } = response
  if (socket === null) {
    onLost()
    return
  }
  if (!watched.has(socket)) socket.once('close', () => watched.get(socket)?.())
  watched.set(socket, onLost)
  response.once('finish', () => {
    setTimeout(() => {
      if (watched.get(socket) === onLost) watched.set(socket, () => undefined)
    }, confirmMs).unref()
  })
}
