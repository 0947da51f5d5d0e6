/**
 * A receiver of webhooks on loopback, which verifies each signature as one outside would.
 */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { onTestFinished } from 'vitest'
import { z } from 'zod'

export interface ReceivedEvent {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface WebhookReceiver {
  readonly url: string
  readonly secret: string
  /** Every request with a right signature, in order. */
  readonly events: ReceivedEvent[]
  /** Requests with a wrong one. */
  readonly forged: unknown[]
  /** How far its clock is ahead of this machine's. */
  clockAheadMs: number
  /** How it answers; the default is 204. */
  answer: (response: ServerResponse, event: ReceivedEvent) => unknown
}

const eventBody = z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })

export async function startReceiver(): Promise<WebhookReceiver> {
  const secret = `whsec_${Buffer.alloc(32, 9).toString('base64')}`
  const verifier = new Webhook(secret)
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    try {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      const event = {
        id: String(headers['webhook-id']),
        ...eventBody.parse(verify(verifier, body, headers, receiver.clockAheadMs)),
      }
      receiver.events.push(event)
      receiver.answer(response, event)
    } catch (error) {
      receiver.forged.push(error)
      response.writeHead(401).end()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/hook?key=k3y`,
    secret,
    events: [],
    forged: [],
    clockAheadMs: 0,
    answer: (response) => response.writeHead(204).end(),
  }
  return receiver
}

/** The library compares with the clock of the machine. */
function verify(verifier: Webhook, body: string, headers: Record<string, string>, aheadMs: number): unknown {
  if (aheadMs === 0) return verifier.verify(body, headers)
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers
  const at = new Date(Number(timestamp) * 1_000)
  if (Math.abs(at.getTime() - aheadMs - Date.now()) > 300_000) throw new Error('the time is wrong')
  if (verifier.sign(id, at, body) !== signature) throw new Error('the signature is wrong')
  return JSON.parse(body)
}
