import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TurnMedia } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type AgentStage,
  messageOf,
  openStage,
  piecesOf,
  say,
  turnOf as turn,
} from '../../test/agent-stage.ts'
import type { ProviderApi } from '../model/types.ts'

const apis: readonly ProviderApi[] = ['openai-completions', 'openai-responses', 'anthropic-messages']
const inBlocks = { blocks: true }
let stage: AgentStage
afterEach(() => stage.model.close())

describe('a turn whose reply is sent while it is written', () => {
  const beginning = 'One paragraph 你好. '.repeat(20)
  const text = `${beginning}\n\n\`\`\`\ncode\n\nmore\n\`\`\`\n\nAnd 👩‍👩‍👧 the end.`

  it.each(apis)(
    'gets pieces as the model writes them, without white space around them, over %s',
    async (api) => {
      stage = await openStage({ reply: () => `\n ${text} \n\n` })
      const agent = stage.agent({}, { config: stage.config(api) })
      const pieces = await piecesOf(agent, turn('t1', ['hi'], inBlocks))
      expect(pieces.map((piece) => piece.text).join('')).toBe(text)
      expect(pieces.length).toBeGreaterThan(1)
      expect(pieces.every((piece) => piece.text !== '')).toBe(true)
      expect(stage.model.requests[0]?.streamed).toBe(true)
      await say(agent, turn('t2'))
      expect(stage.lastMessages()).toContain(`assistant: ${text}`)
    },
  )

  it('gets the first one before the last is written', async () => {
    const { promise: firstSeen, resolve: seeFirst } = Promise.withResolvers<string>()
    stage = await openStage({
      reply: ({ toolResults }) =>
        toolResults.length === 0
          ? { text: 'First.\n\nWait', toolCalls: [{ name: 'time', input: {} }] }
          : firstSeen,
    })
    let text = ''
    for await (const piece of stage
      .agent()
      .runTurn(turn('t1', ['hi'], inBlocks), new AbortController().signal)) {
      text += piece.text
      if (text.includes('Wait')) seeFirst('Last.')
    }
    expect(text).toBe('First.\n\nWait\n\nLast.')
  })

  it('ends with a notice when the model fails, and keeps the question', async () => {
    stage = await openStage()
    stage.model.fail({ status: 503, times: 1, message: 'the cause' })
    const agent = stage.agent()
    await expect(say(agent, turn('one', ['one'], inBlocks))).rejects.toMatchObject({
      code: 'model-unreachable',
      message: expect.stringContaining('HTTP 503: the cause'),
      notice: { en: expect.stringContaining('Sorry') },
    })
    await say(agent, turn('two', ['two'], inBlocks))
    expect(stage.lastMessages()).toContain('user: one')
    expect(stage.logged).toHaveLength(1)
  })

  it('asks again after a failure that may pass', async () => {
    stage = await openStage()
    stage.model.fail({ status: 503, times: 2 })
    expect(await say(stage.agent({}, { maxRetries: 2 }), turn('one', ['one'], inBlocks))).toBe(
      'reply to: one',
    )
  })

  it('runs into the time limit', async () => {
    stage = await openStage()
    stage.model.stall()
    await expect(say(stage.agent({ turnTimeoutMs: 30 }), turn('t', ['t'], inBlocks))).rejects.toMatchObject({
      code: 'model-timeout',
    })
  })

  it('ends with an AbortError when it is stopped', async () => {
    stage = await openStage()
    stage.model.stall()
    const controller = new AbortController()
    const outcome = say(stage.agent(), turn('t', ['t'], inBlocks), controller.signal)
    void expect
      .poll(() => stage.model.requests.length)
      .toBe(1)
      .then(() => controller.abort())
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('may be answered with nothing, which is an error', async () => {
    stage = await openStage({ reply: () => ' \n' })
    await expect(say(stage.agent(), turn('t', ['t'], inBlocks))).rejects.toMatchObject({
      code: 'model-empty',
    })
  })

  it('is echoed too', async () => {
    stage = await openStage()
    expect(await say(stage.agent({ model: 'builtin/echo' }), turn('t', ['hello'], inBlocks))).toBe(
      'echo: hello',
    )
  })

  it('keeps nothing when its channel goes away', async () => {
    stage = await openStage({ reply: () => text })
    const agent = stage.agent()
    for await (const _ of agent.runTurn(turn('t1', ['hi'], inBlocks), new AbortController().signal)) break
    await say(agent, turn('t2'))
    expect(stage.lastMessages()).toHaveLength(2)
  })
})

describe('an image', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'moltbot-image-')), 'image')
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  writeFileSync(path, png)
  const media: TurnMedia[] = [
    { kind: 'image', path, name: 'a.png', mimeType: 'image/png', sizeBytes: png.length },
  ]
  const messages = [messageOf('what is it?', { media })]

  it.each(apis)('reaches a model that takes images over %s', async (api) => {
    stage = await openStage()
    const config = stage.config(api)
    const { test } = config.providers
    if (test === undefined) throw new Error('the stage has no provider')
    const providers = { test: { ...test, models: [{ id: 'some/model', input: ['text', 'image'] }] } }
    await say(stage.agent({}, { config: { ...config, providers } }), turn('t', [], { messages }))
    expect(JSON.stringify(stage.model.requests[0]?.body)).toContain(png.toString('base64'))
  })

  it('is named to a model of which nothing is known', async () => {
    stage = await openStage()
    await say(stage.agent(), turn('t', [], { messages }))
    expect(JSON.stringify(stage.model.requests[0]?.body)).not.toContain(png.toString('base64'))
    expect(stage.model.requests[0]?.lastUserText).toContain('a.png')
  })
})

describe('a turn that was cut off and is not run again', () => {
  it('is in the session with what was sent of its answer, once', async () => {
    stage = await openStage()
    const agent = stage.agent()
    await say(agent, turn('t1', ['before']))
    const cutOff = turn('t2', ['tell me three things'], { blocks: true, attempt: 2 })
    await agent.noteCutOff(cutOff, 'First of all')
    await agent.noteCutOff(cutOff, 'First: tea. Second: coffee')
    await say(agent, turn('t3', ['and the third?']))
    const messages = stage.lastMessages().join('\n')
    expect(messages).toMatch(/user: tell me three things\nassistant: First: tea. Second: coffee\n/)
    expect(messages).toContain('the answer was cut off before its end')
    expect(messages).not.toContain('First of all')
  })

  it('is not in a session that another person has', async () => {
    stage = await openStage()
    const agent = stage.agent()
    await agent.noteCutOff(turn('t1', ['secret']), 'an answer')
    await say(agent, turn('t2', ['hello'], { conversation: { kind: 'direct', id: 'u2' } }))
    expect(stage.lastMessages().join()).not.toContain('secret')
  })
})

describe('a session that is reset', () => {
  it('is forgotten, for its conversation only', async () => {
    stage = await openStage()
    const agent = stage.agent()
    const other = { conversation: { kind: 'direct', id: 'u2' } } as const
    await say(agent, turn('one'))
    await say(agent, turn('other', ['other'], other))
    await agent.resetSession(turn('any'))
    await say(agent, turn('two'))
    expect(stage.lastMessages()).toHaveLength(2)
    await say(agent, turn('more', ['more'], other))
    expect(stage.lastMessages()).toHaveLength(4)
  })

  it('does not take up a turn that ran meanwhile', async () => {
    stage = await openStage({ delayMs: 20 })
    const agent = stage.agent()
    const running = say(agent, turn('one'))
    await expect.poll(() => stage.model.requests.length).toBe(1)
    await agent.resetSession(turn('any'))
    await running
    await say(agent, turn('two'))
    expect(stage.lastMessages()).toHaveLength(2)
  })
})
