/**
 * What was said in each session: enough to remind the model, never more than the caps below. `sqlite-sessions.ts` is
 * the store of the embedded gateway; any other one passes `sessionStoreContract` of the tests.
 */

/** One exchange: what the person wrote and what the model answered. */
export interface SessionTurn {
  readonly turnId: string
  readonly user: string
  /** Empty where there was no answer, or one of files only. */
  readonly assistant: string
  /** What else the model should know of its answer: files that it sent, that it was cut off. Defaults to nothing. */
  readonly notes?: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
}

export interface HistoryQuery {
  /** The newest so many exchanges; 0: all that are stored. */
  readonly userTurns: number
  /** Left out, for a turn that is run again must not see its own earlier answer. */
  readonly exceptTurnId?: string
}

export interface SessionStore {
  /** Oldest first, {@link turnsPerSession} at most. */
  history(key: string, query: HistoryQuery): Promise<SessionTurn[]>
  /**
   * Stores an exchange under its turn id; the same id again replaces it in its place. Resolves when `history` has it. A power
   * failure may lose it, and on PostgreSQL a killed process: that costs the exchanges of the last second, which the model then
   * does not remember, and never a message, because those are the channel's.
   */
  saveTurn(key: string, turn: SessionTurn): Promise<void>
  /** Forgets the session. Durable: the person is told so. */
  reset(key: string): Promise<void>
}

/** UTF-16 units of each of the two texts of an exchange; the rest is cut off. */
export const maxTextLength = 32_000
/** Exchanges stored of one session. */
export const turnsPerSession = 500

/** Cuts a text to {@link maxTextLength}; a surrogate pair that would be torn goes whole. */
export function cutToStore(text: string): string {
  const end = text.codePointAt(maxTextLength - 1) ?? 0
  return text.slice(0, end > 0xffff ? maxTextLength - 1 : maxTextLength)
}
