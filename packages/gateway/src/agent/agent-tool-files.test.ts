import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DiskBudget } from '@moltbot/channel-sdk'
import type { ModelRequest, ModelReply as Reply } from '@moltbot/channel-sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { type AgentStage, openStage, piecesOf, toolboxOf, turnOf } from '../../test/agent-stage.ts'
import { scratch } from '../../test/scratch.ts'
import { turnsMemory } from '../files/turn-memory.ts'
import type { ProviderApi } from '../model/types.ts'
import { sendFileTool } from '../tools/send-file-tool.ts'
import type { AgentTool } from '../tools/tool.ts'

let stage: AgentStage
afterEach(() => stage.model.close())

const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex')
const draw: AgentTool = {
  name: 'draw',
  description: 'Draws.',
  countedAs: 'draw',
  inputSchema: { type: 'object', properties: {} },
  timeoutMs: 5_000,
  execute: (_, { files }) => files.produce({ bytes: png, mimeType: 'image/png', name: '../chart 1.png' }),
}
/** Draws twice, sends the second picture, and answers. */
const script = ({ toolResults }: ModelRequest): Reply =>
  [
    { toolCalls: [{ name: 'draw', input: {} }] },
    { toolCalls: [{ name: 'draw', input: {} }] },
    { toolCalls: [{ name: 'send_file', input: { path: 'chart_1-2.png' } }] },
  ][toolResults.length] ?? 'Here it is.'

/** @returns the reply's files with their content at that time, and the folder of running turns */
async function run(api: ProviderApi, { blocks = false, seesImages = true } = {}) {
  stage = await openStage({ reply: script })
  const turnsFolder = scratch()
  const base = stage.config(api)
  const { test } = base.providers
  if (test === undefined) throw new Error('no provider')
  const models = [{ id: 'some/model', input: seesImages ? ['text', 'image'] : ['text'] }]
  const config = { ...base, providers: { test: { ...test, models } } }
  const toolbox = toolboxOf([draw, sendFileTool(scratch())])
  const agent = stage.agent({}, { config, toolbox, turnsFolder })
  const sent: [string | undefined, Buffer][] = []
  const paths: string[] = []
  for await (const { media = [] } of agent.runTurn(
    turnOf('t1', ['draw'], { blocks }),
    new AbortController().signal,
  )) {
    for (const { source, name } of media) {
      if (!('path' in source)) continue
      paths.push(source.path)
      sent.push([name, readFileSync(source.path)])
    }
  }
  return { sent, paths, turnsFolder }
}

const imagesIn = (request: ModelRequest | undefined) =>
  JSON.stringify(request?.body).split(png.toString('base64')).length - 1

describe('a picture that a tool returns', () => {
  it.each<[ProviderApi, boolean]>([
    ['openai-completions', false],
    ['openai-completions', true],
    ['openai-responses', false],
    ['openai-responses', true],
    ['anthropic-messages', false],
    ['anthropic-messages', true],
  ])('is shown to the model once, and can be sent, over %s (streamed: %s)', async (api, blocks) => {
    const { sent, paths, turnsFolder } = await run(api, { blocks })
    expect(stage.model.requests.map(imagesIn)).toEqual([0, 1, 2, 2])
    expect(sent).toEqual([['chart_1-2.png', png]])
    expect(paths.some((path) => existsSync(path))).toBe(false)
    expect(readdirSync(turnsFolder)).toEqual([])
  })

  it('is only sent where the model takes no images', async () => {
    const { sent } = await run('openai-completions', { seesImages: false })
    expect(stage.model.requests.map(imagesIn)).toEqual([0, 0, 0, 0])
    expect(stage.model.requests.at(-1)?.toolResults[0]).toContain('you cannot see it')
    expect(sent).toEqual([['chart_1-2.png', png]])
  })
})

it('a picture of a tool counts in the memory of running turns until the turn is over', async () => {
  let held = 0
  const look: AgentTool = {
    ...draw,
    name: 'look',
    execute: async () => {
      held = turnsMemory.held
      return 'looked'
    },
  }
  const calls = ['draw', 'look'].map((name) => ({ toolCalls: [{ name, input: {} }] }))
  stage = await openStage({ reply: ({ toolResults }) => calls[toolResults.length] ?? 'done' })
  const { test } = stage.config('openai-completions').providers
  if (test === undefined) throw new Error('no provider')
  const models = [{ id: 'some/model', input: ['text', 'image'] }]
  const config = { ...stage.config('openai-completions'), providers: { test: { ...test, models } } }
  const agent = stage.agent({}, { config, toolbox: toolboxOf([draw, look]) })
  await piecesOf(agent, turnOf('t1', ['draw']))
  expect(held).toBe(png.length)
  expect(turnsMemory.held).toBe(0)
})

it('a file that a model sends again and again is copied as often as a reply can have files', async () => {
  const calls = Array.from({ length: 30 }, () => ({ name: 'send_file', input: { path: 'a' } }))
  stage = await openStage({
    reply: ({ toolResults }) => (toolResults.length === 0 ? { toolCalls: calls } : 'done'),
  })
  const workspace = scratch()
  writeFileSync(join(workspace, 'a'), Buffer.alloc(1_000))
  const disk = new DiskBudget()
  const agent = stage.agent({}, { toolbox: toolboxOf([sendFileTool(workspace)]), disk })
  let most = 0
  for await (const { media = [] } of agent.runTurn(turnOf('t1', ['send']), new AbortController().signal)) {
    most = disk.held
    expect(media).toHaveLength(10)
  }
  expect(most).toBe(10_000)
  expect(disk.held).toBe(0)
})

it('files of one step are sent in the order of their calls, however long each takes to copy', async () => {
  const names = ['1', '2', '3', '4', '5', '6']
  const calls = names.map((path) => ({ name: 'send_file', input: { path } }))
  stage = await openStage({
    reply: ({ toolResults }) => (toolResults.length === 0 ? { toolCalls: calls } : 'done'),
  })
  const workspace = scratch()
  for (const name of names) writeFileSync(join(workspace, name), Buffer.alloc(name < '4' ? 5_000_000 : 1))
  const agent = stage.agent({}, { toolbox: toolboxOf([sendFileTool(workspace)]) })
  const pieces = await piecesOf(agent, turnOf('t1', ['send all']))
  expect(pieces.flatMap(({ media = [] }) => media.map(({ name }) => name))).toEqual(names)
})
