/**
 * What the rest of the gateway sees of the agent: plain configuration in, pieces of reply out.
 */

import type { LeftOut, ReplyPiece, ToolScope, Turn } from '@moltbot/channel-sdk'
import type { ModelsConfig, TranscriptionConfig } from '../model/types.ts'
import type { SessionPlace, SessionScope } from '../sessions/session-key.ts'

export interface AgentConfig extends ModelsConfig {
  /** Defaults to {@link defaultSystemPrompt}. */
  readonly systemPrompt?: string | undefined
  /** How long one turn may take, retries included. */
  readonly turnTimeoutMs: number
  /** The longest reply, in the provider's tokens. Defaults to the provider's own limit. */
  readonly maxOutputTokens?: number | undefined
  /** How often the model may call tools before it has to answer. Defaults to {@link defaultMaxToolSteps}. */
  readonly maxToolSteps?: number | undefined
  /** Tokens, read and written, after which the model has to answer. Defaults to {@link defaultMaxTurnTokens}. */
  readonly maxTurnTokens?: number | undefined
  /** `tools`: what any turn may use. Defaults to all tools. */
  readonly tools?: ToolScope | undefined
  /** Without it the model gets voices as they are. */
  readonly transcription?: TranscriptionConfig | undefined
  readonly session: SessionScope
}

export const defaultMaxToolSteps = 10
export const defaultMaxTurnTokens = 300_000

/** What is counted of a turn. `outcome` is `ok`, `stopped`, or the code of the error. */
export type AgentEvent =
  /** A turn began again, after a crash or a stop cut it off. */
  | { readonly type: 'again' }
  | { readonly type: 'model'; readonly outcome: string }
  | {
      readonly type: 'tokens'
      readonly read: number
      readonly written: number
      /** The part of `read` that the provider had in its cache, and the part that it put there. Default: 0. */
      readonly cacheRead?: number
      readonly cacheWritten?: number
    }
  /** `tool`: what metrics call it. */
  | { readonly type: 'tool'; readonly tool: string; readonly outcome: 'ok' | 'failed' | 'stopped' }

/** Called with what is counted, and whose turn it was. */
export type ReportEvent = (of: Pick<Turn, 'id' | 'channelId' | 'accountId'>, event: AgentEvent) => void

export interface Agent {
  /**
   * Answers a turn and keeps it in its session, once, however often the same turn is run.
   * @throws an `AbortError` after `signal` fired, with nothing kept, or a `MoltbotError` with a notice for the person:
   * `model-not-configured`, `model-unreachable`, `model-refused`, `model-timeout`, `model-empty`.
   */
  runTurn(turn: Turn, signal: AbortSignal): AsyncIterable<ReplyPiece>
  /** Keeps a turn in its session that is not run again, with what was sent of its answer. @throws what the store throws */
  noteCutOff(turn: Turn, said: string): Promise<void>
  /** Forgets the session of a conversation. A turn that runs meanwhile is not kept in the new one. */
  resetSession(place: SessionPlace): Promise<void>
  /** What was left out of the latest answer in a conversation; undefined where nothing was, or none is known. */
  leftOut(place: SessionPlace): LeftOut | undefined
  /** What the operator should know about the model that answers, a sentence each: what it refuses, what is left out. */
  warnings(): string[]
  /** Holds from the next turn on. */
  reconfigure(config: AgentConfig): void
  /** Loads the libraries of the configured model, so that the first turn does not wait for them. Never throws. */
  warmUp(): Promise<void>
  /** Ends every turn with an `AbortError`, and those that begin later: nothing is stored from now on. */
  stop(): void
}
