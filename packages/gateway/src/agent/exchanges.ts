/**
 * What a session keeps of a turn: its question, its answer, and what became of it. A question that failed stays too, because
 * people write "try again".
 */

import { basename } from 'node:path'
import {
  codeOf,
  hasVisibleText,
  type Logger,
  messageOf,
  type ReplyMedia,
  type Turn,
} from '@moltbot/channel-sdk'
import type { ModelReply } from '../model/call-model.ts'
import { aborted, emptyReply } from '../model/failures.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { notesOn, userTextOf } from './prompt.ts'
import type { AgentConfig } from './types.ts'

/** Where an exchange is kept. */
export interface KeptTurn {
  readonly turn: Turn
  readonly sessionKey: string
  /** The turn's id within the session, which several accounts may share. */
  readonly turnId: string
}

export interface RunningTurn extends KeptTurn {
  readonly config: Pick<AgentConfig, 'model'>
  /** Aborts when the turn is over. */
  readonly over: AbortController
  /** Files that tools sent with the reply. */
  readonly attached: readonly { readonly media: ReplyMedia }[]
  /** Text that was handed over so far. */
  readonly shown: string
  /** Its session was reset meanwhile. */
  readonly forgotten: boolean
}

export class Exchanges {
  readonly #sessions: SessionStore
  readonly #log: Logger
  readonly #now: () => number

  constructor(sessions: SessionStore, log: Logger, now: () => number) {
    this.#sessions = sessions
    this.#log = log
    this.#now = now
  }

  /** @throws `model-empty`, and an `AbortError` where the turn is over: nothing is stored then */
  async answered(run: RunningTurn, { text, finishReason, cut, warnings }: ModelReply): Promise<void> {
    const { turnId, config, over, attached } = run
    if (over.signal.aborted) throw aborted()
    if (!hasVisibleText(text) && attached.length === 0) throw emptyReply(String(config.model), finishReason)
    if (cut === 'length') this.#log.warn({ turnId, model: config.model }, 'the token limit cut a reply off')
    if (warnings.length > 0) this.#log.debug({ turnId, warnings }, 'the provider ignored a setting')
    const files = attached.map(({ media }) => nameOf(media))
    await this.#save(run, text, notesOn({ files, outcome: cut === undefined ? 'answered' : 'cut' }))
  }

  /** Stores the question, with what was shown of an answer in blocks. */
  async failed(run: RunningTurn): Promise<void> {
    const shown = run.turn.blocks === true ? run.shown : ''
    await this.#save(run, shown, notesOn({ files: [], outcome: shown === '' ? 'failed' : 'cut' }))
  }

  /** Stores a turn that is not run again. @throws what the store throws */
  async cutOff({ turn, turnId, sessionKey }: KeptTurn, said: string): Promise<void> {
    const notes = notesOn({ files: [], outcome: 'cut' })
    const exchange = { turnId, user: userTextOf(turn), assistant: said, notes, atMs: this.#now() }
    await this.#sessions.saveTurn(sessionKey, exchange)
  }

  async #save(run: RunningTurn, assistant: string, notes: string): Promise<void> {
    if (run.forgotten) return
    const { turn, turnId, sessionKey } = run
    const exchange = { turnId, user: userTextOf(turn), assistant, notes, atMs: this.#now() }
    await this.#sessions
      .saveTurn(sessionKey, exchange)
      .catch((error: unknown) => this.#reportUnsaved(run, error))
  }

  /** A reply is worth more than the memory of it: the person gets it. */
  #reportUnsaved({ turnId, over }: RunningTurn, error: unknown): void {
    if (over.signal.aborted) throw aborted()
    const fields = { event: 'session.not-saved', turnId, code: codeOf(error) }
    this.#log.error(fields, `the session could not be saved, the reply is sent: ${messageOf(error)}`)
  }
}

/** The name under which the person gets a file. */
function nameOf({ name, source }: ReplyMedia): string {
  return name ?? ('path' in source ? basename(source.path) : source.url)
}
