/**
 * Stands between OpenClaw and the models of the host contract. The host has one model for its whole life, each case one of
 * its own; and the host writes around what a person said, which the suite takes for what the person said.
 */

import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

export interface ModelProxy {
  /** Ends in `/v1`. */
  readonly baseUrl: string
  close(): Promise<void>
}

interface Message {
  role: string
  content: string | { type: string; text?: string }[]
}

export async function startModelProxy(): Promise<ModelProxy> {
  let target = { baseUrl: '', apiKey: '' }
  const server = createServer(async (request, response) => {
    try {
      const body = await textOf(request)
      if (request.method === 'PUT') {
        target = JSON.parse(body)
        response.end()
        return
      }
      const answer = await fetch(`${target.baseUrl}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${target.apiKey}` },
        body: JSON.stringify(undecorated(JSON.parse(body))),
      })
      // A key that is refused once is put away by the host, for all cases that follow.
      const status = answer.status === 401 ? 400 : answer.status
      response.writeHead(status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' })
      for await (const part of answer.body ?? []) response.write(part)
      response.end()
    } catch {
      response.destroy()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    close: async () => {
      server.close().closeAllConnections()
    },
  }
}

/** Without the date, the facts of the conversation and of the process, which the host adds to each message. */
function undecorated<Body extends { messages: Message[] }>(body: Body): Body {
  const messages = body.messages.flatMap((message): Message[] => {
    if (message.role !== 'user') return [message]
    const text = plain(message.content)
    const isContext = text.startsWith('<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>')
    const kept = isContext ? structured(text) : withoutFrame(text)
    return kept === '' ? [] : [{ role: 'user', content: kept }]
  })
  return { ...body, messages: joined(messages) }
}

/** The blocks that the channel gave to the host. */
function structured(text: string): string {
  const blocks = text.split('\n').flatMap((line) => {
    if (!line.startsWith('"')) return []
    const block: string = JSON.parse(line)
    return block.split('\n\n').filter((one) => /"payload"/.test(one))
  })
  return blocks.join('\n\n')
}

function withoutFrame(text: string): string {
  return text
    .replace(/^\[\w{3} \d{4}-\d\d-\d\d \d\d:\d\d \w+\] ?/, '')
    .replace(/^Conversation info:[^\n]*\n```json\n[^\n]*\n```\n\n/, '')
    .replace(/\n\nRuntime: agent=.*$/s, '')
}

/** The context of a turn comes after its message; the suite looks for both in one. */
function joined(messages: Message[]): Message[] {
  const [last, before] = [messages.at(-1), messages.at(-2)]
  if (last === undefined || before?.role !== 'user' || !plain(last.content).includes('"payload"'))
    return messages
  return [
    ...messages.slice(0, -2),
    { role: 'user', content: `${plain(last.content)}\n\n${plain(before.content)}` },
  ]
}

function plain(content: Message['content']): string {
  return typeof content === 'string' ? content : content.map(({ text = '' }) => text).join('\n')
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
