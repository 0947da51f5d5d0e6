/**
 * Providers of models that `setup` offers by name, and the list of a provider's models, where its API has one.
 */

import { MoltbotError, timeoutSignal } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { cappedFetch } from '../model/capped-fetch.ts'
import type { ProviderApi } from '../model/types.ts'

export interface KnownProvider {
  readonly id: string
  readonly name: string
  readonly baseUrl: string
  readonly api: ProviderApi
  /** Offered first; the list of the provider's API decides. */
  readonly model: string
  /** It needs none: a server on this machine. */
  readonly keyless?: true
}

/** The provider that was chosen. */
export interface Provider {
  readonly id: string
  readonly name: string
  readonly baseUrl: string
  readonly api: ProviderApi
  /** The model that is offered first. */
  readonly suggested?: string
  readonly key: 'needed' | 'optional' | 'none'
}

export const knownProviders: readonly KnownProvider[] = [
  {
    id: 'deepseek',
    name: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com/v1',
    api: 'openai-completions',
    model: 'deepseek-chat',
  },
  {
    id: 'qwen',
    name: 'Qwen (Alibaba Cloud)',
    baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    api: 'openai-completions',
    model: 'qwen-plus',
  },
  {
    id: 'moonshot',
    name: 'Kimi (Moonshot)',
    baseUrl: 'https://api.moonshot.cn/v1',
    api: 'openai-completions',
    model: 'kimi-latest',
  },
  {
    id: 'zhipu',
    name: 'GLM (Zhipu)',
    baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
    api: 'openai-completions',
    model: 'glm-4.6',
  },
  {
    id: 'doubao',
    name: 'Doubao (Volcengine)',
    baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
    api: 'openai-completions',
    model: 'doubao-seed-1-6',
  },
  {
    id: 'siliconflow',
    name: 'SiliconFlow',
    baseUrl: 'https://api.siliconflow.cn/v1',
    api: 'openai-completions',
    model: 'deepseek-ai/DeepSeek-V3',
  },
  {
    id: 'openai',
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    api: 'openai-completions',
    model: 'gpt-5-mini',
  },
  {
    id: 'anthropic',
    name: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    api: 'anthropic-messages',
    model: 'claude-sonnet-4-5',
  },
  {
    id: 'gemini',
    name: 'Google Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    api: 'openai-completions',
    model: 'gemini-2.5-flash',
  },
  {
    id: 'openrouter',
    name: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    api: 'openai-completions',
    model: 'openai/gpt-5-mini',
  },
  {
    id: 'ollama',
    name: 'Ollama',
    baseUrl: 'http://127.0.0.1:11434/v1',
    api: 'openai-completions',
    model: 'qwen3',
    keyless: true,
  },
]

export interface ProviderAccess {
  readonly baseUrl: string
  readonly api: ProviderApi
  readonly apiKey?: string | undefined
}

const listTimeoutMs = 15_000
const maxModels = 1_000
const listSchema = z.object({ data: z.array(z.object({ id: z.string().min(1).max(200) })).max(10_000) })
const anthropicVersion = '2023-06-01'

/**
 * The ids of a provider's models, in its order.
 * @returns undefined where its API has no list
 * @throws `key-refused` for 401 and 403; the network's error
 */
export async function listModels(
  { baseUrl, api, apiKey }: ProviderAccess,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const headers: Record<string, string> =
    api === 'anthropic-messages'
      ? { 'x-api-key': apiKey ?? '', 'anthropic-version': anthropicVersion }
      : apiKey === undefined
        ? {}
        : { authorization: `Bearer ${apiKey}` }
  const url = `${withVersion(baseUrl, api)}/models`
  const response = await cappedFetch(url, {
    headers,
    signal: AbortSignal.any([signal, timeoutSignal(listTimeoutMs)]),
  })
  if (response.status === 401 || response.status === 403)
    throw new MoltbotError('key-refused', `HTTP ${response.status}`)
  if (!response.ok) return undefined
  const { data } = listSchema.safeParse(await response.json().catch(() => undefined))
  const ids = data?.data.map(({ id }) => id.replace(/^models\//, '')).filter((id) => !/\s/.test(id))
  return ids === undefined || ids.length === 0 ? undefined : ids.slice(0, maxModels)
}

/** As the gateway asks it: a base URL for Anthropic may leave the version out. */
function withVersion(baseUrl: string, api: ProviderApi): string {
  const trimmed = baseUrl.replace(/\/+$/, '')
  return api === 'anthropic-messages' && !trimmed.endsWith('/v1') ? `${trimmed}/v1` : trimmed
}
