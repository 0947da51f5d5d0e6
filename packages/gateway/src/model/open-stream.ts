/**
 * Begins the answer of a model. A provider may answer HTTP 200 and then say that it failed, in the first event or in the
 * whole body; it may also answer whole although a stream was asked for. Both are settled before the answer begins.
 */

import { AsyncLocalStorage } from 'node:async_hooks'
import type { LearntModel } from './learnt.ts'
import type { CallOptions, Model, StreamPart, StreamResult, WholeResult } from './library.ts'

/** A whole answer that came in place of a stream, for the library to read it as one. */
interface Exchange {
  /** Whether the provider is asked to count tokens in a stream, which some refuse. */
  readonly countsTokens: boolean
  whole: string | undefined
  /** The body that the next request is answered with. */
  replay: string | undefined
}

const exchanges = new AsyncLocalStorage<Exchange>()

/** @throws what the provider said, also where it said so inside an answer */
export async function openStream(
  model: Model,
  call: CallOptions,
  learnt: LearntModel,
): Promise<StreamResult> {
  if (!learnt.streams) return streamed(await model.doGenerate(call))
  const { countsTokens } = learnt
  const exchange: Exchange = { countsTokens, whole: undefined, replay: undefined }
  try {
    const { stream, ...result } = await exchanges.run(exchange, () => model.doStream(call))
    return { ...result, stream: await begun(stream) }
  } catch (error) {
    if (exchange.whole === undefined) throw error
    const replayed: Exchange = { countsTokens, whole: undefined, replay: exchange.whole }
    return streamed(await exchanges.run(replayed, () => model.doGenerate(call)))
  }
}

type Fetch = typeof fetch

/**
 * The fetch of a model: reads a body that is no stream although one was asked for.
 * @throws with the provider's words for an error or a web page in place of an answer
 */
export function readingFetch(inner: Fetch): Fetch {
  return async (input, init) => {
    const exchange = exchanges.getStore()
    if (exchange?.replay !== undefined) {
      return new Response(exchange.replay, { headers: { 'content-type': 'application/json' } })
    }
    const response = await inner(input, exchange?.countsTokens === false ? withoutCounting(init) : init)
    const type = response.headers.get('content-type') ?? ''
    if (!response.ok) return response
    if (type.includes('text/html')) throw new Error(describePage(await response.text()))
    if (exchange === undefined || !type.includes('json')) return response
    const body = await response.text()
    const error = errorIn(body)
    if (error !== undefined) throw new Error(`the provider reported an error inside an answer: ${error}`)
    exchange.whole = body
    throw new Error('the provider answered whole')
  }
}

/** The libraries can only be told so when the model is made. */
function withoutCounting(init: RequestInit | undefined): RequestInit | undefined {
  if (typeof init?.body !== 'string') return init
  const { stream_options: _, ...body }: Record<string, unknown> = JSON.parse(init.body)
  return { ...init, body: JSON.stringify(body) }
}

function describePage(html: string): string {
  const title = /<title[^>]*>([^<]{0,200})/i.exec(html)?.[1]?.trim() ?? ''
  return `the server answered with a web page${title && ` ("${title}")`} and not with an answer; check baseUrl, and whether the network asks for a login`
}

/** What an error object in the body says; undefined for an answer. */
function errorIn(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body)
    const error: unknown = Reflect.get(Object(value), 'error')
    const hasAnswer = ['choices', 'output', 'content'].some((key) =>
      Array.isArray(Reflect.get(Object(value), key)),
    )
    if (hasAnswer && !error) return undefined
    const said: unknown =
      Reflect.get(Object(error), 'message') ?? error ?? Reflect.get(Object(value), 'message')
    return typeof said === 'string' ? said : body.slice(0, maxErrorLength)
  } catch {
    return `this is no JSON: ${body.slice(0, maxErrorLength)}`
  }
}

const maxErrorLength = 500

/** Parts that say nothing yet. */
const silent: ReadonlySet<StreamPart['type']> = new Set(['stream-start', 'response-metadata', 'raw', 'ping'])

/** The stream from its beginning, once the first part that says something has come. @throws where that is an error */
async function begun(stream: ReadableStream<StreamPart>): Promise<ReadableStream<StreamPart>> {
  const reader = stream.getReader()
  const seen: StreamPart[] = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    seen.push(value)
    if (value.type === 'error') throw asError(value.error)
    if (!silent.has(value.type)) break
  }
  return ReadableStream.from(restOf(seen, reader))
}

async function* restOf(
  seen: readonly StreamPart[],
  reader: ReadableStreamDefaultReader<StreamPart>,
): AsyncGenerator<StreamPart> {
  try {
    yield* seen
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error
  const message: unknown = Reflect.get(Object(error), 'message') ?? error
  const text = typeof message === 'string' ? message : JSON.stringify(message)
  return new Error(`the provider reported an error inside an answer: ${text}`)
}

/** A whole answer as a stream of one piece. */
function streamed({ content, finishReason, usage, warnings, ...result }: WholeResult): StreamResult {
  const parts = content.flatMap((part, index): StreamPart[] => {
    if (part.type === 'reasoning') return []
    if (part.type !== 'text') return [part]
    const id = String(index)
    return [
      { type: 'text-start', id },
      { type: 'text-delta', id, delta: part.text },
      { type: 'text-end', id },
    ]
  })
  const { request, response } = result
  return {
    ...(request && { request }),
    ...(response?.headers && { response: { headers: response.headers } }),
    stream: ReadableStream.from<StreamPart>([
      { type: 'stream-start', warnings },
      ...parts,
      { type: 'finish', finishReason, usage },
    ]),
  }
}
