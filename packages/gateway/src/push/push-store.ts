/**
 * What is remembered of each push, without its words: the channel's outbox has those. `pushStoreContract` of the tests says
 * what an implementation has to do.
 */

/** `queued`: on its way; `parked`: it waits for what the reason says; `partly-sent` and `failed`: the rest is given up. */
export const pushStates = ['queued', 'parked', 'sent', 'partly-sent', 'failed'] as const
export type PushState = (typeof pushStates)[number]

/** How far a push has come. */
export interface PushProgress {
  readonly state: PushState
  /** Why it waits or was given up; empty where there is nothing to say. */
  readonly reason: string
  /** Messages that it became, and of them, those that the backend took. */
  readonly chunks: number
  readonly sent: number
}

export interface PushRecord extends PushProgress {
  /** Also names the send in the channel. */
  readonly id: string
  /** Who pushed: the id of a token, empty for the operator. */
  readonly tokenId: string
  readonly target: string
  readonly accountId: string
  /** Milliseconds since the epoch. */
  readonly createdMs: number
  /** Tells whether a repeated key comes with the same content. */
  readonly digest: string
}

export interface PushLimits {
  readonly nowMs: number
  /** Older keys are forgotten, and older records removed. */
  readonly keysMs: number
  readonly recordsMs: number
  /** Records of one token within `keysMs`. */
  readonly most: number
}

export interface PushStore {
  /**
   * Stores a push. Durable. Where the same token has used the key before, nothing is stored, and the earlier record is
   * returned; undefined: the token has reached `most`.
   */
  begin(
    record: PushRecord,
    key: string | undefined,
    limits: PushLimits,
  ): Promise<{ readonly record: PushRecord; readonly isNew: boolean } | undefined>
  find(id: string): Promise<PushRecord | undefined>
  /** Relaxed: after a power failure the channel is asked again. */
  note(id: string, progress: PushProgress): Promise<void>
  /** Forgets a push that was refused before anything of it was stored in the channel. Durable: its key can be used again. */
  remove(id: string): Promise<void>
  /** Those to a target, or to all, of which something may still be sent; oldest first, `limit` at most. */
  open(limit: number, target?: string): Promise<readonly PushRecord[]>
}
