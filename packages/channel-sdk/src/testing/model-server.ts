/**
 * A loopback model for tests and benchmarks: speaks OpenAI's Chat Completions, Responses and transcription APIs and
 * Anthropic's Messages API, remembers what it was asked, and misbehaves when asked to.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ModelAnswer, replyFormats, type StreamEvent } from './model-replies.ts'
import { type ModelRequest, readModelRequest } from './model-request.ts'
import { readTranscription, type TranscriptionRequest, transcriptionPath } from './transcription.ts'

/** A text alone, or an answer of which either part may be left out. */
export type ModelReply = string | Partial<ModelAnswer>

export interface ModelServerOptions {
  /** What to answer: a text, or tool calls too. Defaults to `reply to: ` and the last text of the user. */
  readonly reply?: (request: ModelRequest) => ModelReply | Promise<ModelReply>
  /** What is heard in a voice. Defaults to `heard N bytes`. */
  readonly transcript?: (request: TranscriptionRequest) => string
  /** Wait before each answer, in milliseconds. Defaults to 0. */
  readonly delayMs?: number
}

export interface ModelFailure {
  readonly status: number
  /** How many of the next requests fail. Defaults to all of them. */
  readonly times?: number
  /** The error text in the body. */
  readonly message?: string
  /** Sent as `retry-after-ms`, which clients of OpenAI's API honour. Defaults to 1: tests do not wait. */
  readonly retryAfterMs?: number
}

export interface ModelServer {
  /** Ends in `/v1`: what OpenAI and Anthropic clients call the base URL. */
  readonly baseUrl: string
  /** The newest {@link requestsKept} requests, oldest first, those that were made to fail included. */
  readonly requests: readonly ModelRequest[]
  /** As `requests`, those for a transcription. */
  readonly transcriptions: readonly TranscriptionRequest[]
  /** The next requests, of whatever kind, get this HTTP error. */
  fail(failure: ModelFailure): void
  /** The next `times` requests (default: all) are taken and never answered. */
  stall(times?: number): void
  /** The connection of the next `times` requests (default: all) is reset. */
  reset(times?: number): void
  /** Answers normally again. */
  recover(): void
  /** Ends every connection at once. A second call does nothing. */
  close(): Promise<void>
}

/** Older requests are forgotten, so that a benchmark does not measure the server's memory. */
const requestsKept = 10_000
const maxBodyBytes = 16 * 1024 * 1024

type Respond = (response: ServerResponse) => void

/** Listens on a free port of 127.0.0.1. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const requests: ModelRequest[] = []
  const transcriptions: TranscriptionRequest[] = []
  const trouble = createTrouble()
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => response.destroy())
  })

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(incoming.url ?? '/', 'http://localhost').pathname
    if (incoming.method === 'POST' && path === transcriptionPath) return answerVoice(incoming, response)
    const format = incoming.method === 'POST' ? replyFormats.get(path) : undefined
    if (format === undefined) return sendError(response, 404, `no ${incoming.method} ${path} here`)
    const body: unknown = JSON.parse((await readBody(incoming)).toString('utf8'))
    const request = readModelRequest(path, authorizationOf(incoming), body)
    keep(requests, request)
    const misbehave = trouble.next()
    if (misbehave !== undefined) return misbehave(response)
    if (options.delayMs !== undefined) await sleep(options.delayMs)
    const reply = await (options.reply ?? defaultReply)(request)
    const said = typeof reply === 'string' ? { text: reply } : reply
    const full = { text: '', toolCalls: [], ...said }
    if (request.streamed) sendEvents(response, format.events(full))
    else sendJson(response, 200, format.whole(full))
  }

  async function answerVoice(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { 'content-type': type, authorization } = incoming.headers
    const request = await readTranscription(type, authorization, await readBody(incoming))
    keep(transcriptions, request)
    const misbehave = trouble.next()
    if (misbehave !== undefined) return misbehave(response)
    sendJson(response, 200, { text: (options.transcript ?? defaultTranscript)(request) })
  }

  return {
    baseUrl: `http://127.0.0.1:${await listen(server)}/v1`,
    requests,
    transcriptions,
    fail: ({ status, times, message = `the test asked for ${status}`, retryAfterMs = 1 }) =>
      trouble.set((response) => sendError(response, status, message, retryAfterMs), times),
    stall: (times) => trouble.set(() => {}, times),
    reset: (times) => trouble.set((response) => response.socket?.resetAndDestroy(), times),
    recover: () => trouble.set(() => {}, 0),
    close: () => close(server),
  }
}

function defaultReply(request: ModelRequest): string {
  return `reply to: ${request.lastUserText}`
}

function defaultTranscript({ file }: TranscriptionRequest): string {
  return `heard ${file.bytes.length} bytes`
}

function keep<Request>(kept: Request[], request: Request): void {
  kept.push(request)
  if (kept.length > requestsKept) kept.shift()
}

/** What is done to the next requests instead of an answer. */
function createTrouble() {
  let act: Respond | undefined
  let left = 0
  return {
    set: (next: Respond, times = Number.POSITIVE_INFINITY) => {
      act = next
      left = times
    },
    next: (): Respond | undefined => (left-- > 0 ? act : undefined),
  }
}

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the model server has no port')
  return address.port
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  server.close().closeAllConnections()
  await once(server, 'close')
}

function authorizationOf(incoming: IncomingMessage): string | undefined {
  const key = incoming.headers['x-api-key']
  return incoming.headers.authorization ?? (typeof key === 'string' ? key : undefined)
}

async function readBody(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of incoming) {
    bytes += part.length
    if (bytes > maxBodyBytes) throw new Error('the request is larger than a test needs')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function sendEvents(response: ServerResponse, events: readonly StreamEvent[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const { name, data } of events) {
    const line = typeof data === 'string' ? data : JSON.stringify(data)
    response.write(`${name === undefined ? '' : `event: ${name}\n`}data: ${line}\n\n`)
  }
  response.end()
}

/** One body that both families of clients read: OpenAI's `error.message`, Anthropic's `type: "error"` around it. */
function sendError(response: ServerResponse, status: number, message: string, retryAfterMs = 1): void {
  response.setHeader('retry-after-ms', retryAfterMs)
  sendJson(response, status, { type: 'error', error: { type: 'test_error', code: 'test_error', message } })
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
