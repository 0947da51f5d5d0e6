/**
 * What the rest of the gateway sees of the agent: plain configuration in, blocks of reply out.
 */

import type { ReplyBlock, Turn } from '@moltbot/channel-sdk'
import type { SessionScope } from '../sessions/session-key.ts'

export type ProviderApi = 'openai-completions' | 'openai-responses' | 'anthropic-messages'

/** One entry of `models.providers`. */
export interface ProviderConfig {
  readonly api: ProviderApi
  readonly baseUrl: string
  /** Left out for servers that ask for none. The environment is never searched for one. */
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

export interface AgentConfig {
  /** `provider/model`; the model's own name may hold further slashes. `builtin/echo` needs no provider. */
  readonly model?: string | undefined
  /** Defaults to {@link defaultSystemPrompt}. */
  readonly systemPrompt?: string | undefined
  /** How long one turn may take, retries included. */
  readonly turnTimeoutMs: number
  /** The longest reply, in the provider's tokens. Defaults to the provider's own limit. */
  readonly maxOutputTokens?: number | undefined
  /** By the id that stands before the slash of `model`. */
  readonly providers: Readonly<Record<string, ProviderConfig>>
  readonly session: SessionScope
}

export interface Agent {
  /**
   * Answers a turn and keeps it in its session, once, however often the same turn is run.
   * @throws an `AbortError` after `signal` fired, with nothing kept, or a `MoltbotError` with a notice for the person:
   * `model-not-configured`, `model-unreachable`, `model-refused`, `model-timeout`, `model-empty`.
   */
  runTurn(turn: Turn, signal: AbortSignal): AsyncIterable<ReplyBlock>
  /** Holds from the next turn on. */
  reconfigure(config: AgentConfig): void
  /** Loads the libraries of the configured model, so that the first turn does not wait for them. Never throws. */
  warmUp(): Promise<void>
}
