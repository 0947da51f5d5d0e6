/**
 * Providers as they are: what they refuse, and the ways in which they say so. Each is a server on loopback.
 */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { LeftOut, ReplyPiece } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { type AgentStage, messageOf, openStage, piecesOf, toolboxOf, turnOf } from '../../test/agent-stage.ts'
import { scratch } from '../../test/scratch.ts'
import { cutNotices } from '../model/failures.ts'
import type { ProviderApi, ProviderConfig } from '../model/types.ts'
import type { AgentTool } from '../tools/tool.ts'

interface Body {
  readonly stream?: boolean
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[]
  readonly input?: unknown
  readonly tools?: readonly { readonly function?: { readonly name: string }; readonly name?: string }[]
  readonly stream_options?: object
}
type Answer = (body: Body, response: ServerResponse) => void

let server: Server
let stage: AgentStage
const bodies: Body[] = []
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await stage.model.close()
})

/** An agent over a provider that answers so. */
async function agentOver(
  answer: Answer,
  more: Partial<ProviderConfig> = {},
  tools: readonly AgentTool[] = [],
) {
  bodies.length = 0
  stage = await openStage()
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (data) => {
      text += data
    })
    request.on('end', () => {
      const body: Body = JSON.parse(text)
      bodies.push(body)
      answer(body, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = Object(server.address()).port
  const provider: ProviderConfig = {
    api: 'openai-completions',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    ...more,
  }
  return stage.agent({ providers: { test: provider }, turnTimeoutMs: 5_000 }, { toolbox: toolboxOf(tools) })
}

const json = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
const refuse = (response: ServerResponse, message: string, status = 400) =>
  json(response, status, { error: { message, type: 'invalid_request_error' } })
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

function stream(response: ServerResponse, text: string, end = `${chunk({}, 'stop')}data: [DONE]\n\n`): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(chunk({ role: 'assistant', content: text }) + end)
}

const textOf = (pieces: readonly ReplyPiece[]) => pieces.map(({ text }) => text).join('')
const say = async (agent: Awaited<ReturnType<typeof agentOver>>, id: string, texts?: readonly string[]) =>
  textOf(await piecesOf(agent, turnOf(id, texts)))

const place = turnOf('any')
const nothing: LeftOut = {
  exchanges: 0,
  messages: 0,
  tools: [],
  pictures: false,
  voices: false,
  texts: false,
  streaming: false,
}

describe('a conversation that is too long for the model', () => {
  const shapes = {
    OpenAI: (limit: number, size: number) =>
      `This model's maximum context length is ${limit} tokens. However, your messages resulted in ${size} tokens.`,
    Anthropic: (limit: number, size: number) => `prompt is too long: ${size} tokens > ${limit} maximum`,
    DashScope: (limit: number) => `Range of input length should be [1, ${limit}]`,
    'a proxy without numbers': () => '请求的上下文过长',
  }
  const apis = [
    ['openai-completions', (body: Body) => JSON.stringify(body.messages).length],
    ['openai-responses', (body: Body) => JSON.stringify(body.input).length],
    ['anthropic-messages', (body: Body) => JSON.stringify(body.messages).length],
  ] as const

  it.each(
    apis.flatMap(([api, sizeOf]) =>
      Object.entries(shapes).map(([name, say]) => [api, name, sizeOf, say] as const),
    ),
  )(
    'over %s is sent in part, and remembered as %s says it',
    async (api: ProviderApi, _name, sizeOf, words) => {
      const limit = 6_000
      const agent = await agentOver(
        (body, response) => {
          const size = sizeOf(body)
          if (size > limit) refuse(response, words(limit, size))
          else refuse(response, 'no answer is needed here', 401)
        },
        { api },
      )
      const seed = { assistant: 'w'.repeat(1_900), atMs: 0 }
      for (let n = 0; n < 5; n++)
        await stage.sessions.saveTurn('agent:main:wechat:a:dm:u1', {
          turnId: `a/${n}`,
          user: `long ${n}`,
          ...seed,
        })
      await expect(say(agent, 'hi')).rejects.toMatchObject({ code: 'model-refused' })
      const requests = bodies.length
      expect(requests).toBeGreaterThan(1)
      expect(sizeOf(bodies.at(-1) ?? {})).toBeLessThanOrEqual(limit)
      expect(JSON.stringify(bodies.at(-1))).toContain('hi')
      await expect(say(agent, 'again')).rejects.toMatchObject({ code: 'model-refused' })
      expect(bodies.length - requests).toBeLessThanOrEqual(2)
      expect(agent.warnings().join()).toContain('contextWindow')
    },
  )

  it('is cut before it is sent where the window is configured', async () => {
    const agent = await agentOver((_, response) => stream(response, 'fine'), {
      models: [{ id: 'some/model', contextWindow: 2_000 }],
    })
    for (let n = 0; n < 10; n++)
      await stage.sessions.saveTurn('agent:main:wechat:a:dm:u1', {
        turnId: `a/${n}`,
        user: `question ${n}`,
        assistant: '字'.repeat(400),
        atMs: 0,
      })
    expect(await say(agent, 'hi')).toBe('fine')
    expect(bodies).toHaveLength(1)
    const sent = JSON.stringify(bodies[0])
    expect(sent).toContain('question 9')
    expect(sent).not.toContain('question 0')
    expect(stage.logged.join()).toContain('model.asked-with-less')
    const sentTurns = sent.split('question ').length - 1
    expect(agent.leftOut(place)).toEqual({ ...nothing, exchanges: 10 - sentTurns })
    await agent.resetSession(place)
    expect(agent.leftOut(place)).toBeUndefined()
  })
})

const toolNamed = (name: string, inputSchema: object = { type: 'object', properties: {} }): AgentTool => ({
  name,
  countedAs: name,
  description: name,
  inputSchema: { ...inputSchema },
  timeoutMs: 1_000,
  execute: async () => 'ran',
})
const toolsIn = ({ tools = [] }: Body) => tools.map((tool) => tool.function?.name ?? tool.name ?? '')

describe('tools that a provider refuses', () => {
  it('cost that one tool only, where the provider names it', async () => {
    const agent = await agentOver(
      (body, response) => {
        if (toolsIn(body).includes('bad'))
          refuse(response, "Invalid schema for function 'bad': property '数量' is not allowed")
        else stream(response, 'fine')
      },
      {},
      [toolNamed('good'), toolNamed('bad')],
    )
    expect(await say(agent, 't1')).toBe('fine')
    expect(toolsIn(bodies.at(-1) ?? {})).toEqual(['good'])
    expect(await say(agent, 't2')).toBe('fine')
    expect(agent.leftOut(place)).toEqual({ ...nothing, tools: ['bad'] })
    expect(bodies).toHaveLength(3)
    expect(agent.warnings().join()).toContain('the tool bad is not offered')
  })

  it('are found out over some answers, where the provider does not say which', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
    const agent = await agentOver(
      (body, response) => {
        if (toolsIn(body).includes('e')) refuse(response, 'tools: the schema of a function is invalid')
        else stream(response, 'fine')
      },
      {},
      names.map((name) => toolNamed(name)),
    )
    for (let n = 0; n < 6; n++) expect(await say(agent, `t${n}`)).toBe('fine')
    expect(toolsIn(bodies.at(-1) ?? {})).toEqual(names.filter((name) => name !== 'e'))
  })

  it('are left out for a model that takes none', async () => {
    const agent = await agentOver(
      (body, response) => {
        if (toolsIn(body).length > 0)
          refuse(response, 'registry.ollama.ai/library/gemma does not support tools')
        else stream(response, 'fine')
      },
      {},
      [toolNamed('good')],
    )
    expect(await say(agent, 't1')).toBe('fine')
    expect(await say(agent, 't2')).toBe('fine')
    expect(bodies).toHaveLength(3)
    expect(agent.warnings().join()).toContain('takes no tools')
  })

  it('are not offered where their schema is known to be refused', async () => {
    const agent = await agentOver((_, response) => stream(response, 'fine'), {}, [
      toolNamed('odd', { type: 'string' }),
    ])
    expect(await say(agent, 't1')).toBe('fine')
    expect(toolsIn(bodies[0] ?? {})).toEqual([])
  })
})

describe('an answer', () => {
  const whole = {
    id: 'x',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' }],
  }

  it('that comes whole although a stream was asked for is read, and not paid for twice', async () => {
    const agent = await agentOver((_, response) => json(response, 200, whole))
    expect(await say(agent, 't1')).toBe('whole')
    expect(bodies).toHaveLength(1)
  })

  it('is asked for whole where the provider does not stream', async () => {
    const agent = await agentOver((body, response) => {
      if (body.stream) refuse(response, 'stream is not supported by this model')
      else json(response, 200, whole)
    })
    expect(await say(agent, 't1')).toBe('whole')
    expect(await say(agent, 't2')).toBe('whole')
    expect(bodies.map(({ stream: isStream }) => isStream ?? false)).toEqual([true, false, false])
    expect(agent.leftOut(place)).toEqual({ ...nothing, streaming: true })
    expect(agent.warnings().join()).toContain('does not stream')
  })

  it.each([
    ['by name', 'Unrecognized request argument supplied: stream_options'],
    ['without naming it', 'Bad Request'],
  ])('is asked for without a count of tokens where the provider refuses the option %s', async (_, words) => {
    const agent = await agentOver((body, response) => {
      if (body.stream_options) refuse(response, words)
      else stream(response, 'fine')
    })
    expect(await say(agent, 't1')).toBe('fine')
    expect(await say(agent, 't2')).toBe('fine')
    expect(bodies).toHaveLength(3)
  })

  it.each([
    ['length', `${chunk({}, 'length')}data: [DONE]\n\n`, cutNotices.length],
    ['the end of the stream without a reason', '', cutNotices.broken],
  ])('that %s cut off says so, to the person and in the session', async (_, end, note) => {
    const agent = await agentOver((_body, response) => stream(response, 'half an', end))
    expect(await piecesOf(agent, turnOf('t1'))).toEqual([{ text: 'half an', note }])
    await say(agent, 'go on')
    expect(JSON.stringify(bodies.at(-1))).toContain('was cut off before its end')
  })

  it('is kept as far as it was written when the connection breaks', async () => {
    const agent = await agentOver((_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(chunk({ role: 'assistant', content: 'half an' }), () => response.destroy())
    })
    expect(await piecesOf(agent, turnOf('t1'))).toEqual([{ text: 'half an', note: cutNotices.broken }])
    expect(bodies).toHaveLength(1)
  })

  it('of pictures is asked for again without them, by a model that refuses them', async () => {
    const agent = await agentOver(
      (body, response) => {
        if (JSON.stringify(body).includes('image_url'))
          refuse(response, 'messages[1]: unknown variant `image_url`')
        else stream(response, 'blind')
      },
      { models: [{ id: 'some/model', input: ['text', 'image'] }] },
    )
    const path = join(scratch(), 'a.png')
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='
    writeFileSync(path, Buffer.from(png, 'base64'))
    const media = [{ kind: 'image' as const, path, name: 'a.png', mimeType: 'image/png', sizeBytes: 70 }]
    const pieces = await piecesOf(
      agent,
      turnOf('t1', [], { messages: [messageOf('what is it?', { media })] }),
    )
    expect(textOf(pieces)).toBe('blind')
    expect(stage.logged.join()).toContain('takes no images')
    expect(agent.leftOut(place)).toEqual({ ...nothing, pictures: true })
    expect(agent.warnings().join()).toContain('takes no images')
    expect(await say(agent, 't2', ['and this?'])).toBe('blind')
    expect(agent.leftOut(place)).toBeUndefined()
  })

  it('of a damaged picture is asked for again without it, and the next picture is shown', async () => {
    const damaged = Buffer.from('89504e470d0a1a0a0000000d01', 'hex')
    const whole = Buffer.from('89504e470d0a1a0a0000000d02', 'hex')
    const agent = await agentOver(
      (body, response) => {
        if (JSON.stringify(body).includes(damaged.toString('base64')))
          refuse(response, 'Could not process image')
        else stream(response, JSON.stringify(body).includes('image_url') ? 'I see it' : 'I see nothing')
      },
      { models: [{ id: 'some/model', input: ['text', 'image'] }] },
    )
    const show = async (id: string, bytes: Buffer) => {
      const path = join(scratch(), 'a.png')
      writeFileSync(path, bytes)
      const sizeBytes = bytes.length
      const media = [{ kind: 'image' as const, path, name: 'a.png', mimeType: 'image/png', sizeBytes }]
      return textOf(
        await piecesOf(agent, turnOf(id, [], { messages: [messageOf('what is it?', { media })] })),
      )
    }
    expect(await show('t1', damaged)).toBe('I see nothing')
    expect(agent.leftOut(place)).toEqual({ ...nothing, pictures: true })
    expect(await show('t2', whole)).toBe('I see it')
    expect(stage.logged.join()).toContain('model.file-refused')
    expect(agent.warnings().join()).not.toContain('takes no images')
  })

  it('of pictures says that they were left out, from a model that is known to take none', async () => {
    const agent = await agentOver((_, response) => stream(response, 'blind'), {
      models: [{ id: 'some/model', input: ['text'] }],
    })
    const media = [
      { kind: 'image' as const, path: '/none', name: 'a.png', mimeType: 'image/png', sizeBytes: 70 },
    ]
    await piecesOf(agent, turnOf('t1', [], { messages: [messageOf('what is it?', { media })] }))
    expect(agent.leftOut(place)).toEqual({ ...nothing, pictures: true })
  })
})

describe('what a provider says in place of an answer reaches the operator', () => {
  it.each<[string, Answer, string]>([
    [
      'as an error object inside an HTTP 200',
      (_, response) => json(response, 200, { error: { message: 'insufficient quota today' } }),
      'insufficient quota today',
    ],
    [
      'as an event of the stream',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.end('data: {"error":{"message":"the model is overloaded now"}}\n\n')
      },
      'the model is overloaded now',
    ],
    [
      'as a page that asks for a login',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Hotel WLAN</title></html>')
      },
      'Hotel WLAN',
    ],
  ])('%s', async (_, answer, words) => {
    const agent = await agentOver(answer)
    await expect(say(agent, 't1')).rejects.toThrow()
    expect(stage.logged.join()).toContain(words)
  })
})

it('a question that failed stays in the session, for "try again"', async () => {
  let down = true
  const agent = await agentOver((_, response) => {
    if (down) refuse(response, 'overloaded', 401)
    else stream(response, 'fine')
  })
  await expect(say(agent, 'Translate KAPUTT')).rejects.toThrow()
  down = false
  expect(await say(agent, 'try again')).toBe('fine')
  const roles = bodies.at(-1)?.messages?.map(({ role }) => role)
  expect(roles).toEqual(['system', 'user', 'assistant', 'user'])
  expect(JSON.stringify(bodies.at(-1))).toMatch(/KAPUTT.*no answer was sent.*try again/)
})
