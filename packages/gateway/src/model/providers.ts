/**
 * From `provider/model` in the configuration to a model of the AI SDK. Each provider's library is loaded when a model
 * needs it, so that a gateway pays only for what it is configured to use; and each model is made once, because making
 * one builds the schemas of its whole API.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { TranscriptionModel } from 'ai'
import { notConfigured } from './failures.ts'
import { LearntModel, type ModelKnowledge } from './learnt.ts'
import type { Model } from './library.ts'
import type { ModelsConfig, ProviderConfig, TranscriptionConfig } from './types.ts'
import { isKnownToSee } from './vision.ts'

export const echoModelName = 'builtin/echo'

export type Transcriber = Exclude<TranscriptionModel, string>
type TranscriberName = TranscriptionConfig['models'][number]

/** The models of one configuration. */
export class ConfiguredModels {
  /** Every value of the providers' settings that authenticates, or may: no log line shows them. */
  readonly secrets: readonly string[]
  /** What is known about the model that answers. */
  readonly learnt: LearntModel
  readonly #config: ModelsConfig
  #model: Promise<Model> | undefined
  readonly #transcribers = new Map<string, Promise<Transcriber>>()

  constructor(config: ModelsConfig, log: Logger) {
    this.#config = config
    this.secrets = secretsOf(config)
    this.learnt = new LearntModel(knowledgeOf(config), log)
  }

  /** The model that answers. @throws `model-not-configured`, saying which key to set */
  model(): Promise<Model> {
    this.#model ??= loadModel(this.#config)
    return this.#model
  }

  /** A model behind `/audio/transcriptions` of a provider that speaks one of OpenAI's APIs. @throws `model-not-configured` */
  transcriber(name: TranscriberName): Promise<Transcriber> {
    const key = JSON.stringify([name.provider, name.model])
    const made = this.#transcribers.get(key) ?? loadTranscriber(name, this.#config)
    this.#transcribers.set(key, made)
    return made
  }
}

async function loadModel({ model, providers }: ModelsConfig): Promise<Model> {
  if (model === undefined) {
    throw notConfigured(
      'no model is configured: set agents.defaults.model.primary to "provider/model", or to "builtin/echo" to try things out',
    )
  }
  if (model === echoModelName) return (await import('./echo-model.ts')).echoModel
  const { providerId, modelId } = splitModelName(model)
  const provider = providerOf(providers, providerId)
  if (provider === undefined) {
    const known = ['builtin', ...Object.keys(providers)].join(', ')
    throw notConfigured(`the model "${model}" needs models.providers.${providerId}; configured are: ${known}`)
  }
  if (modelId === '') {
    throw notConfigured(`agents.defaults.model.primary is "${model}"; it has to be "provider/model"`)
  }
  return createModel(providerId, provider, modelId)
}

async function loadTranscriber(
  { provider: name, model }: TranscriberName,
  { providers }: Pick<ModelsConfig, 'providers'>,
): Promise<Transcriber> {
  const provider = providerOf(providers, name)
  if (provider === undefined || provider.api === 'anthropic-messages')
    throw notConfigured(`models.providers.${name} has no transcription`)
  const settings = await settingsOf(name, provider)
  return (await import('@ai-sdk/openai')).createOpenAI(settings).transcription(model)
}

/** Sound has a place in the requests of one API only. */
function knowledgeOf({ model = '', providers }: ModelsConfig): ModelKnowledge {
  const { providerId, modelId } = splitModelName(model)
  const provider = providerOf(providers, providerId)
  const facts: ModelKnowledge['facts'] = provider?.models?.find(({ id }) => id === modelId) ?? {}
  const api = provider?.api ?? 'openai-completions'
  return {
    name: model,
    api,
    facts,
    takesImages: facts.input?.includes('image') ?? (model === echoModelName || isKnownToSee(modelId)),
    takesVoices: api === 'openai-completions' && facts.input?.includes('audio') === true,
  }
}

function providerOf(providers: ModelsConfig['providers'], id: string): ProviderConfig | undefined {
  return Object.hasOwn(providers, id) ? providers[id] : undefined
}

/** At the first slash: names of models may hold more of them. */
function splitModelName(model: string): { providerId: string; modelId: string } {
  const [providerId = '', ...rest] = model.split('/')
  return { providerId, modelId: rest.join('/') }
}

async function createModel(name: string, provider: ProviderConfig, modelId: string): Promise<Model> {
  const settings = await settingsOf(name, provider)
  switch (provider.api) {
    case 'openai-completions':
      return (await import('@ai-sdk/openai-compatible'))
        .createOpenAICompatible({ ...settings, includeUsage: true })
        .chatModel(modelId)
    case 'openai-responses':
      return (await import('@ai-sdk/openai')).createOpenAI(settings).responses(modelId)
    case 'anthropic-messages':
      return (await import('@ai-sdk/anthropic')).createAnthropic(settings).messages(modelId)
  }
}

async function settingsOf(name: string, { api, baseUrl, apiKey, headers }: ProviderConfig) {
  const [{ cappedFetch }, { readingFetch }] = await Promise.all([
    import('./capped-fetch.ts'),
    import('./open-stream.ts'),
  ])
  const baseURL = withVersion(api, baseUrl)
  // An empty key keeps the libraries from sending the environment's one to whatever base URL is configured.
  return { name, baseURL, apiKey: apiKey ?? '', headers: { ...headers }, fetch: readingFetch(cappedFetch) }
}

/**
 * Anthropic's own client, and so the family's configuration files, leave the `/v1` out of a base URL; the AI SDK
 * wants it there. For the other APIs both agree.
 */
function withVersion(api: ProviderConfig['api'], baseUrl: string): string {
  const trimmed = baseUrl.replace(/\/+$/, '')
  return api === 'anthropic-messages' && !trimmed.endsWith('/v1') ? `${trimmed}/v1` : trimmed
}

function secretsOf({ providers }: Pick<ModelsConfig, 'providers'>): string[] {
  return Object.values(providers).flatMap(({ apiKey, headers }) => [
    ...(apiKey === undefined ? [] : [apiKey]),
    ...Object.values(headers ?? {}),
  ])
}
