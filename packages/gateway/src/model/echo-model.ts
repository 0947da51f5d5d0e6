/**
 * `builtin/echo`: a model that needs no network and no key, for the sandbox and for smoke tests. It repeats each
 * message and says so, so that no person takes it for an assistant. To `send NAME` it sends that file of the workspace.
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
    const call = fileAskedFor(options)
    return {
      content: [call ?? { type: 'text', text: echoOf(options.prompt) }],
      finishReason: reasonOf(call),
      usage,
      warnings: [],
    }
  },
  doStream: async (options) => {
    const call = fileAskedFor(options)
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

/** `send picture.png`, also after the name of a speaker in a group. */
const wantsFile = /(?:^|[\s:：])(?:send|发送)\s+([\p{L}\p{N}_-]+\.\w{1,8})\s*$/iu

/** The call of `send_file`, where the latest message asks for a file and the tool may be used. */
function fileAskedFor({ prompt, tools = [] }: Options) {
  const path = wantsFile.exec(lastUserText(prompt))?.[1]
  if (path === undefined || prompt.at(-1)?.role !== 'user') return undefined
  const toolName = 'send_file'
  if (!tools.some(({ name }) => name === toolName)) return undefined
  return { type: 'tool-call', toolCallId: 'echo-1', toolName, input: JSON.stringify({ path }) } as const
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
