/**
 * Whether the model answers at all: some failures in a row, such as an expired key or an empty credit, are a problem that
 * the status reports until a turn succeeds again.
 */

import { codeOf, messageOf, type ReplyPiece, type Turn } from '@moltbot/channel-sdk'
import type { Agent } from './types.ts'

const maxFailuresInARow = 3

export class ModelHealth {
  #failures = 0
  #reason = ''

  /** The sentence for the operator, with what to do; undefined while the model answers. */
  get problem(): string | undefined {
    if (this.#failures < maxFailuresInARow) return undefined
    return `the last ${this.#failures} answers failed: ${this.#reason} (${adviceFor(this.#reason)})`
  }

  /** Runs turns of `agent` and notes how they end. */
  watch(agent: Pick<Agent, 'runTurn'>): Agent['runTurn'] {
    const note = (error?: unknown) => this.#note(error)
    return async function* (turn: Turn, signal: AbortSignal): AsyncGenerator<ReplyPiece> {
      try {
        yield* agent.runTurn(turn, signal)
      } catch (error) {
        note(error)
        throw error
      }
      note()
    }
  }

  /** A turn that was stopped, or that failed for another reason than the model, says nothing about it. */
  #note(error: unknown): void {
    if (error === undefined) this.#failures = 0
    else if (codeOf(error).startsWith('model-')) {
      this.#failures++
      this.#reason = messageOf(error)
    }
  }
}

const httpStatus = /\bHTTP (\d{3})\b/

/** What to do about a failed answer. @param reason the message of its error */
export function adviceFor(reason: string): string {
  switch (httpStatus.exec(reason)?.[1]) {
    case '401':
    case '403':
      return 'check the API key of the provider'
    case '402':
      return 'check the credit at the provider'
    case '404':
      return 'check the name of the model and the baseUrl of the provider'
    case '429':
      return 'the provider limits the requests; wait, or raise the limit there'
    default:
      return 'check the provider, its baseUrl, and the network'
  }
}
