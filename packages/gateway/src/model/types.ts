/**
 * What is configured about models, as plain data.
 */

export interface ModelsConfig {
  /** `provider/model`; the model's own name may hold further slashes. `builtin/echo` needs no provider. */
  readonly model?: string | undefined
  /** By the id before the slash of `model`. */
  readonly providers: Readonly<Record<string, ProviderConfig>>
}

export const providerApis = ['openai-completions', 'openai-responses', 'anthropic-messages'] as const
export type ProviderApi = (typeof providerApis)[number]

/** One entry of `models.providers`. */
export interface ProviderConfig {
  readonly api: ProviderApi
  readonly baseUrl: string
  /** Left out for servers that ask for none. The environment is never searched for one. */
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What is known of single models. */
  readonly models?: readonly ModelFacts[] | undefined
}

/** One entry of a provider's `models`. */
export interface ModelFacts {
  readonly id: string
  /** What it takes: `text`, `image`, `audio`. Defaults to what its name is known for, see `vision.ts`. */
  readonly input?: readonly string[] | undefined
  /** Tokens that one request may have, its answer included. Defaults to {@link defaultContextWindow}. */
  readonly contextWindow?: number | undefined
  /** Longest answer in tokens, as far as the catalogue knows. Only room is kept for it; see `maxOutputTokens`. */
  readonly maxTokens?: number | undefined
  readonly cost?: ModelCost | undefined
}

/** For a million tokens of each kind. */
export interface ModelCost {
  readonly input: number
  readonly output: number
  /** Input that the provider had in its cache, and input that it put there. Default: as other input. */
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
  /** ISO 4217 code. */
  readonly currency: string
}

/** For a model of which nothing is known. Every model in use takes it. */
export const defaultContextWindow = 32_000

/** Who turns voices into words. */
export interface TranscriptionConfig {
  /** Asked in this order until one has understood the voice. */
  readonly models: readonly { readonly provider: string; readonly model: string }[]
  /** A larger voice is not sent to them. */
  readonly maxBytes: number
  /** For one voice and one model, retries included. */
  readonly timeoutMs: number
  /** ISO 639-1 code of what is spoken. Defaults to the model's own guess. */
  readonly language?: string | undefined
}
