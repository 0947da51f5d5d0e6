/**
 * From `provider/model` in the configuration to a model of the AI SDK. Each provider's library is loaded when a model
 * needs it, so that a gateway pays only for what it is configured to use.
 */

import type { LanguageModel, TranscriptionModel } from 'ai'
import { cappedFetch } from './capped-fetch.ts'
import { notConfigured } from './failures.ts'
import type { AgentConfig, ProviderConfig, TranscriptionConfig } from './types.ts'

export const echoModelName = 'builtin/echo'

/** @throws `model-not-configured`, saying which key to set. */
export async function loadModel({ model, providers }: AgentConfig): Promise<LanguageModel> {
  if (model === undefined) {
    throw notConfigured(
      'no model is configured: set agents.defaults.model.primary to "provider/model", or to "builtin/echo" to try things out',
    )
  }
  if (model === echoModelName) return (await import('./echo-model.ts')).echoModel
  const { providerId, modelId } = splitModelName(model)
  const provider = Object.hasOwn(providers, providerId) ? providers[providerId] : undefined
  if (provider === undefined) {
    const known = ['builtin', ...Object.keys(providers)].join(', ')
    throw notConfigured(`the model "${model}" needs models.providers.${providerId}; configured are: ${known}`)
  }
  if (modelId === '') {
    throw notConfigured(`agents.defaults.model.primary is "${model}"; it has to be "provider/model"`)
  }
  return createModel(providerId, provider, modelId)
}

/** Does the configuration say so? Sound has a place in the requests of one API only. */
export function takes(input: 'image' | 'audio', { model = '', providers }: AgentConfig): boolean {
  const { providerId, modelId } = splitModelName(model)
  const provider = Object.hasOwn(providers, providerId) ? providers[providerId] : undefined
  if (input === 'audio' && provider?.api !== 'openai-completions') return false
  return provider?.models?.find(({ id }) => id === modelId)?.input?.includes(input) ?? false
}

/**
 * A model behind `/audio/transcriptions` of a provider that speaks one of OpenAI's APIs.
 * @throws `model-not-configured`
 */
export async function loadTranscriber(
  { provider: name, model }: TranscriptionConfig['models'][number],
  { providers }: Pick<AgentConfig, 'providers'>,
): Promise<Exclude<TranscriptionModel, string>> {
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (provider === undefined || provider.api === 'anthropic-messages')
    throw notConfigured(`models.providers.${name} transcribes nothing`)
  return (await import('@ai-sdk/openai')).createOpenAI(settingsOf(name, provider)).transcription(model)
}

/** At the first slash: names of models may hold more of them. */
function splitModelName(model: string): { providerId: string; modelId: string } {
  const [providerId = '', ...rest] = model.split('/')
  return { providerId, modelId: rest.join('/') }
}

async function createModel(name: string, provider: ProviderConfig, modelId: string): Promise<LanguageModel> {
  const settings = settingsOf(name, provider)
  switch (provider.api) {
    case 'openai-completions':
      return (await import('@ai-sdk/openai-compatible')).createOpenAICompatible(settings).chatModel(modelId)
    case 'openai-responses':
      return (await import('@ai-sdk/openai')).createOpenAI(settings).responses(modelId)
    case 'anthropic-messages':
      return (await import('@ai-sdk/anthropic')).createAnthropic(settings).messages(modelId)
  }
}

function settingsOf(name: string, { api, baseUrl, apiKey, headers }: ProviderConfig) {
  const baseURL = withVersion(api, baseUrl)
  // An empty key keeps the libraries from sending the environment's one to whatever base URL is configured.
  return { name, baseURL, apiKey: apiKey ?? '', headers: { ...headers }, fetch: cappedFetch }
}

/**
 * Anthropic's own client, and so the family's configuration files, leave the `/v1` out of a base URL; the AI SDK
 * wants it there. For the other APIs both agree.
 */
function withVersion(api: ProviderConfig['api'], baseUrl: string): string {
  const trimmed = baseUrl.replace(/\/+$/, '')
  return api === 'anthropic-messages' && !trimmed.endsWith('/v1') ? `${trimmed}/v1` : trimmed
}

/** Every value of the providers' settings that authenticates, or may: no log line shows them. */
export function secretsOf({ providers }: Pick<AgentConfig, 'providers'>): string[] {
  return Object.values(providers).flatMap(({ apiKey, headers }) => [
    ...(apiKey === undefined ? [] : [apiKey]),
    ...Object.values(headers ?? {}),
  ])
}
