/**
 * `builtin/echo`: a model that needs no network and no key, for the sandbox and for smoke tests. It repeats each
 * message and says so, so that no person takes it for an assistant. It understands a few orders: to send a file of the
 * workspace, and to set, list and cancel reminders.
 */

import type { LanguageModel } from 'ai'

type Model = Extract<LanguageModel, { specificationVersion: 'v4' }>
type Streamed = Awaited<ReturnType<Model['doStream']>>['stream']
type StreamPart = Streamed extends ReadableStream<infer Part> ? Part : never
type Prompt = Parameters<Model['doGenerate']>[0]['prompt']

const usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
}

type Options = Parameters<Model['doGenerate']>[0]

export const echoModel: Model = {
  specificationVersion: 'v4',
  provider: 'builtin',
  modelId: 'echo',
  supportedUrls: {},
  doGenerate: async (options) => {
    const call = orderIn(options)
    return {
      content: [call ?? { type: 'text', text: echoOf(options.prompt) }],
      finishReason: reasonOf(call),
      usage,
      warnings: [],
    }
  },
  doStream: async (options) => {
    const call = orderIn(options)
    const said: StreamPart[] = [
      { type: 'text-start', id: '1' },
      { type: 'text-delta', id: '1', delta: echoOf(options.prompt) },
      { type: 'text-end', id: '1' },
    ]
    const finish: StreamPart = { type: 'finish', finishReason: reasonOf(call), usage }
    return {
      stream: ReadableStream.from<StreamPart>([
        { type: 'stream-start', warnings: [] },
        ...(call === undefined ? said : [call]),
        finish,
      ]),
    }
  },
}

const reasonOf = (call: object | undefined) =>
  ({ unified: call === undefined ? 'stop' : 'tool-calls', raw: undefined }) as const

/** What a text orders, also after the name of a speaker in a group: `send picture.png`, `remind me in 5 minutes to drink tea`. */
const orders: readonly (readonly [tool: string, text: RegExp, input: (...parts: string[]) => object])[] = [
  ['send_file', /(?:^|[\s:：])(?:send|发送)\s+([\p{L}\p{N}_-]+\.\w{1,8})\s*$/iu, (path) => ({ path })],
  [
    'remind',
    /(?:^|[\s:：])remind me in (\d{1,5}) minutes?,?:? (?:to )?(\S.{0,200})$/iu,
    (minutes, text) => ({ inMinutes: Number(minutes), text }),
  ],
  [
    'remind',
    /(?:^|[\s:：])(\d{1,5})\s?分钟[后後]提醒我[，,：:]?\s?(\S.{0,200})$/u,
    (minutes, text) => ({ inMinutes: Number(minutes), text }),
  ],
  ['list_schedules', /(?:^|[\s:：])(?:my reminders|我的提醒)\s*$/iu, () => ({})],
  ['cancel_schedule', /(?:^|[\s:：])(?:cancel|取消)\s+(chat:\w{1,20})\s*$/iu, (id) => ({ id })],
]

/** The call of the tool that the latest message orders, where it may be used. */
function orderIn({ prompt, tools = [] }: Options) {
  if (prompt.at(-1)?.role !== 'user') return undefined
  const text = lastUserText(prompt)
  const [call] = orders.flatMap(([toolName, pattern, input]) => {
    const parts = pattern.exec(text)?.slice(1)
    if (parts === undefined || !tools.some(({ name }) => name === toolName)) return []
    return [{ toolName, input: JSON.stringify(input(...parts)) }]
  })
  return call && ({ type: 'tool-call', toolCallId: 'echo-1', ...call } as const)
}

function echoOf(prompt: Prompt): string {
  return `echo: ${lastToolText(prompt) ?? lastUserText(prompt)}`
}

function lastToolText(prompt: Prompt): string | undefined {
  const last = prompt.at(-1)
  const [result] = last?.role === 'tool' ? last.content : []
  if (result?.type !== 'tool-result') return undefined
  const { output } = result
  return 'value' in output && typeof output.value === 'string' ? output.value : output.type
}

/** The names of a speaker and of files, which the model is shown beside what a person wrote. */
const shownBeside = /<untrusted-data[^>]*>.*?<\/untrusted-data>\s*/gs

/** What the person wrote; all that the model was shown where that is nothing. */
function lastUserText(prompt: Prompt): string {
  const last = prompt.findLast((message) => message.role === 'user')
  const parts = last?.role === 'user' ? last.content : []
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  return text.replaceAll(shownBeside, '') || text
}
