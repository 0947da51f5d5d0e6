/**
 * One run of the agent: what the channel hands to the host, and what comes back.
 * Plain data only, so that any host can serve it and a store can keep it.
 */

export type ConversationKind = 'direct' | 'group'

export interface Conversation {
  readonly kind: ConversationKind
  /** The peer's user id in a direct chat, the room id in a group. Case-sensitive. */
  readonly id: string
}

export interface TurnMessage {
  /** The backend's message id, unique within account and conversation. */
  readonly id: string
  readonly text: string
  /** Milliseconds since the epoch, as the backend dates it. */
  readonly timestampMs: number
}

export interface Turn {
  /**
   * Stable over crashes: a turn that is run again bears the same id, and the host keeps one session entry for it.
   */
  readonly id: string
  readonly channelId: string
  readonly accountId: string
  readonly conversation: Conversation
  /** `label` is a display name: untrusted, for people only, never compared. */
  readonly sender: { readonly id: string; readonly label?: string }
  /** In order of arrival, at least one: a burst of one sender, or what arrived while the last turn ran. */
  readonly messages: readonly TurnMessage[]
  /** Earlier user turns of this session that the agent sees. 0: all of them. */
  readonly historyLimit: number
}

/** A piece of the reply that may be sent on its own. */
export interface ReplyBlock {
  readonly text: string
}
