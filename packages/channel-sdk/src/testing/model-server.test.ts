import { afterEach, describe, expect, it } from 'vitest'
import { type ModelServer, startModelServer } from './model-server.ts'

let server: ModelServer
afterEach(() => server.close())

function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(new URL(path, server.baseUrl), { method: 'POST', headers, body: JSON.stringify(body) })
}

const hello = { model: 'm', messages: [{ role: 'user', content: 'hello' }] }
const chat = '/v1/chat/completions'

describe('the model server', () => {
  it('answers Chat Completions, Responses and Messages with the same text', async () => {
    server = await startModelServer()
    const input = [{ role: 'user', content: [{ type: 'input_text', text: 'hello' }] }]
    expect(await (await post(chat, hello)).json()).toMatchObject({
      choices: [{ message: { role: 'assistant', content: 'reply to: hello' } }],
    })
    expect(await (await post('/v1/responses', { model: 'm', input })).json()).toMatchObject({
      output: [{ content: [{ text: 'reply to: hello' }] }],
    })
    expect(await (await post('/v1/messages', hello)).json()).toMatchObject({
      content: [{ type: 'text', text: 'reply to: hello' }],
    })
  })

  it('streams a text in pieces that join to it, also through an emoji', async () => {
    const text = 'a rather long 👩‍👩‍👧 reply'
    server = await startModelServer({ reply: () => text })
    const events = await (await post(chat, { ...hello, stream: true })).text()
    const pieces = [...events.matchAll(/"content":"([^"]+)"/g)].map((match) => match[1])
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('')).toBe(text)
    expect(events.trimEnd().endsWith('data: [DONE]')).toBe(true)
  })

  it.each([
    [chat, { tools: [{ type: 'function', function: { name: 'time' } }] }],
    ['/v1/responses', { tools: [{ type: 'function', name: 'time' }] }],
    ['/v1/messages', { tools: [{ name: 'time', input_schema: {} }] }],
  ])('calls tools over %s, whole and streamed, and remembers which it was offered', async (path, body) => {
    server = await startModelServer({
      reply: () => ({ toolCalls: [{ name: 'time', input: { zone: 'x' } }] }),
    })
    for (const stream of [false, true]) {
      const text = await (await post(path, { ...body, stream })).text()
      expect(text).toContain('call_0')
      expect(text.replaceAll('\\', '')).toContain('{"zone":"x"}')
    }
    expect(server.requests.map(({ tools }) => tools)).toEqual([['time'], ['time']])
  })

  it('remembers what called tools gave back', async () => {
    server = await startModelServer()
    const result = { type: 'tool_result', content: [{ type: 'text', text: 'three' }] }
    await post(chat, { messages: [{ role: 'tool', content: 'one' }] })
    await post('/v1/responses', { input: [{ type: 'function_call_output', output: 'two' }] })
    await post('/v1/messages', { messages: [{ role: 'user', content: [result] }] })
    expect(server.requests.flatMap(({ toolResults }) => toolResults)).toEqual(['one', 'two', 'three'])
  })

  it('remembers key, system prompt and conversation of each request', async () => {
    server = await startModelServer()
    const body = {
      system: [{ type: 'text', text: 'be kind' }],
      messages: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'two' },
        { role: 'user', content: [{ type: 'text', text: 'three' }] },
      ],
    }
    await post('/v1/messages', body, { 'x-api-key': 'k' })
    expect(server.requests).toMatchObject([
      {
        path: '/v1/messages',
        authorization: 'k',
        lastUserText: 'three',
        messages: [
          { role: 'system', text: 'be kind' },
          { role: 'user', text: 'one' },
          { role: 'assistant', text: 'two' },
          { role: 'user', text: 'three' },
        ],
      },
    ])
  })

  it('fails as often as asked and then answers again', async () => {
    server = await startModelServer()
    server.fail({ status: 503, times: 2, message: 'too busy' })
    const failed = await post(chat, hello)
    expect(await failed.json()).toMatchObject({ error: { message: 'too busy' } })
    expect([failed.status, (await post(chat, hello)).status, (await post(chat, hello)).status]).toEqual([
      503, 503, 200,
    ])
  })

  it('resets a connection when asked to, until it recovers', async () => {
    server = await startModelServer()
    server.reset()
    await expect(post(chat, hello)).rejects.toThrow()
    server.recover()
    expect((await post(chat, hello)).status).toBe(200)
  })

  it('never answers a stalled request and still closes at once', async () => {
    server = await startModelServer()
    server.stall()
    const stalled = post(chat, hello)
    const outcome = expect(stalled).rejects.toThrow()
    await expect.poll(() => server.requests.length).toBe(1)
    await server.close()
    await outcome
  })

  it('says 404 to what is no model API', async () => {
    server = await startModelServer()
    expect((await post('/v1/embeddings', {})).status).toBe(404)
    expect(server.requests).toEqual([])
  })

  it('hears voices, remembers them, and fails when asked to', async () => {
    server = await startModelServer({ transcript: ({ file, fields }) => `${file.name} by ${fields.model}` })
    const form = () => {
      const body = new FormData()
      body.append('model', 'm')
      body.append('file', new File(['sound'], 'a.wav', { type: 'audio/wav' }))
      return { method: 'POST', headers: { authorization: 'Bearer k' }, body }
    }
    const url = `${server.baseUrl}/audio/transcriptions`
    expect(await (await fetch(url, form())).json()).toEqual({ text: 'a.wav by m' })
    expect(server.transcriptions).toMatchObject([
      { authorization: 'Bearer k', fields: { model: 'm' }, file: { name: 'a.wav', type: 'audio/wav' } },
    ])
    expect(Buffer.from(server.transcriptions[0]?.file.bytes ?? []).toString()).toBe('sound')
    server.fail({ status: 503, times: 1 })
    expect((await fetch(url, form())).status).toBe(503)
    expect(server.requests).toEqual([])
  })
})
