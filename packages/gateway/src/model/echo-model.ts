/**
 * `builtin/echo`: a model that needs no network and no key, for the sandbox and for smoke tests. It repeats each
 * message and says so, so that no person takes it for an assistant.
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
const finishReason = { unified: 'stop', raw: undefined } as const

export const echoModel: Model = {
  specificationVersion: 'v4',
  provider: 'builtin',
  modelId: 'echo',
  supportedUrls: {},
  doGenerate: async ({ prompt }) => ({
    content: [{ type: 'text', text: echoOf(prompt) }],
    finishReason,
    usage,
    warnings: [],
  }),
  doStream: async ({ prompt }) => ({
    stream: ReadableStream.from<StreamPart>([
      { type: 'stream-start', warnings: [] },
      { type: 'text-start', id: '1' },
      { type: 'text-delta', id: '1', delta: echoOf(prompt) },
      { type: 'text-end', id: '1' },
      { type: 'finish', finishReason, usage },
    ]),
  }),
}

function echoOf(prompt: Prompt): string {
  return `echo: ${lastUserText(prompt)}`
}

function lastUserText(prompt: Prompt): string {
  const last = prompt.findLast((message) => message.role === 'user')
  const parts = last?.role === 'user' ? last.content : []
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
