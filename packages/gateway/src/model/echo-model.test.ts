import type { LanguageModel } from 'ai'
import { expect, it } from 'vitest'
import { echoModel } from './echo-model.ts'

type Options = Parameters<Extract<LanguageModel, { specificationVersion: 'v4' }>['doGenerate']>[0]

const toolNamed = (name: string) => ({ type: 'function', name, inputSchema: { type: 'object' } }) as const
const sendFile = toolNamed('send_file')

/** What both ways of asking answer, which must be the same. */
async function answerTo(text: string, more: Partial<Options> = {}) {
  const options: Options = { prompt: [{ role: 'user', content: [{ type: 'text', text }] }], ...more }
  const { content, finishReason } = await echoModel.doGenerate(options)
  const { stream } = await echoModel.doStream(options)
  const parts: unknown[] = []
  for await (const part of stream) parts.push(part)
  const [part] = content
  expect(parts).toContainEqual(part?.type === 'text' ? expect.objectContaining({ delta: part.text }) : part)
  expect(parts).toContainEqual(expect.objectContaining({ type: 'finish', finishReason }))
  return { part, finish: finishReason.unified }
}

const speaker =
  '<untrusted-data about="who wrote the following message">\n{"from":"Ann"}\n</untrusted-data>\n'

it.each([
  ['hello', 'echo: hello'],
  [`${speaker}hello`, 'echo: hello'],
  [speaker, `echo: ${speaker}`],
  ['please send money', 'echo: please send money'],
  ['send ../../etc/passwd', 'echo: send ../../etc/passwd'],
  ['send it. now', 'echo: send it. now'],
])('repeats what a person wrote: %j', async (text, answer) => {
  const { part, finish } = await answerTo(text, { tools: [sendFile] })
  expect(part).toEqual({ type: 'text', text: answer })
  expect(finish).toBe('stop')
})

it.each([
  ['send picture.png', 'picture.png'],
  ['Send Report-1.PDF ', 'Report-1.PDF'],
  ['发送 图片.png', '图片.png'],
  [`${speaker}send picture.png`, 'picture.png'],
])('calls send_file for %j', async (text, path) => {
  const { part, finish } = await answerTo(text, { tools: [sendFile] })
  expect(part).toMatchObject({ type: 'tool-call', toolName: 'send_file', input: JSON.stringify({ path }) })
  expect(finish).toBe('tool-calls')
})

it.each([
  ['remind me in 5 minutes to drink tea', 'remind', { inMinutes: 5, text: 'drink tea' }],
  ['Remind me in 1 minute: tea', 'remind', { inMinutes: 1, text: 'tea' }],
  [`${speaker}30 分钟后提醒我喝水`, 'remind', { inMinutes: 30, text: '喝水' }],
  ['my reminders', 'list_schedules', {}],
  ['我的提醒', 'list_schedules', {}],
  ['cancel chat:k3m9x2pq', 'cancel_schedule', { id: 'chat:k3m9x2pq' }],
])('understands %j', async (text, toolName, input) => {
  const { part } = await answerTo(text, { tools: [toolNamed(toolName)] })
  expect(part).toMatchObject({ type: 'tool-call', toolName, input: JSON.stringify(input) })
  expect(await answerTo(text, { tools: [sendFile] })).toMatchObject({ finish: 'stop' })
})

it('calls no tool that it may not use', async () => {
  expect(await answerTo('send picture.png')).toEqual({
    part: { type: 'text', text: 'echo: send picture.png' },
    finish: 'stop',
  })
})

it('says what the tool said, and calls it once', async () => {
  const output = { type: 'text', value: 'there is no such file' } as const
  const prompt: Options['prompt'] = [
    { role: 'user', content: [{ type: 'text', text: 'send picture.png' }] },
    { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'echo-1', toolName: 'send_file', output }] },
  ]
  const { part } = await answerTo('', { prompt, tools: [sendFile] })
  expect(part).toEqual({ type: 'text', text: 'echo: there is no such file' })
})
