/**
 * `builtin/echo`: a model that needs no network and no key, for the sandbox and for smoke tests. It repeats what it
 * was told and says so, lest anybody take it for an assistant.
 */

import type { LanguageModel } from 'ai'

type Model = Extract<LanguageModel, { specificationVersion: 'v4' }>
type Prompt = Parameters<Model['doGenerate']>[0]['prompt']

export const echoModel: Model = {
  specificationVersion: 'v4',
  provider: 'builtin',
  modelId: 'echo',
  supportedUrls: {},
  doGenerate: async ({ prompt }) => ({
    content: [{ type: 'text', text: `echo: ${lastUserText(prompt)}` }],
    finishReason: { unified: 'stop', raw: undefined },
    usage: {
      inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 },
    },
    warnings: [],
  }),
  doStream: async () => {
    throw new Error('builtin/echo answers in one piece')
  },
}

function lastUserText(prompt: Prompt): string {
  const last = prompt.findLast((message) => message.role === 'user')
  const parts = last?.role === 'user' ? last.content : []
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
