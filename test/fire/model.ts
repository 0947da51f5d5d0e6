/**
 * A model on loopback that answers with the numbers of the messages that it reads, and misbehaves while it writes where a
 * message asks for it: `stall` stops in the middle, `endless` never stops.
 */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { readModelRequest } from '../../packages/channel-sdk/src/testing/model-request.ts'

export interface FireModel {
  readonly baseUrl: string
  /** Answers wait from now on. */
  hold(): void
  /** Resolves when an answer waits. */
  isAsked(): Promise<void>
  release(): void
  close(): Promise<void>
}

const endlessEveryMs = 5

export async function startFireModel(): Promise<FireModel> {
  let held: { asked: PromiseWithResolvers<void>; released: PromiseWithResolvers<void> } | undefined
  const server = createServer((request, response) => {
    const answered = async () => {
      const question = await text(request)
      held?.asked.resolve()
      await held?.released.promise
      answer(request.url ?? '', question, response)
    }
    answered().catch(() => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    hold: () => {
      held = { asked: Promise.withResolvers(), released: Promise.withResolvers() }
    },
    isAsked: async () => held?.asked.promise,
    release: () => {
      held?.released.resolve()
      held = undefined
    },
    close: async () => {
      server.close().closeAllConnections()
      await once(server, 'close')
    },
  }
}

function answer(path: string, question: string, response: ServerResponse): void {
  const { lastUserText } = readModelRequest(path, undefined, JSON.parse(question))
  const write = (delta: object, finish: string | null = null) => {
    const chunk = { id: 'c', created: 0, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] }
    response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  // Without the marks: the agent is also told of answers that did not arrive, which are not to be counted again.
  const numbers = Array.from(lastUserText.matchAll(/#(\d+)#/g), ([, n]) => n)
  write({ role: 'assistant', content: `answer to ${numbers.join(' ')}.` })
  if (lastUserText.includes('stall')) return
  if (lastUserText.includes('endless')) {
    const timer = setInterval(() => write({ content: ' and so on' }), endlessEveryMs)
    response.once('close', () => clearInterval(timer))
    return
  }
  write({}, 'stop')
  response.end('data: [DONE]\n\n')
}
