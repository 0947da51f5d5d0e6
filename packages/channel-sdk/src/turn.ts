/**
 * One run of the agent: what the channel hands to the host, and what comes back.
 * Plain data only, so that any host can serve it and a store can keep it.
 */

import type { Notice } from './errors.ts'

export type ConversationKind = 'direct' | 'group'

export interface Conversation {
  readonly kind: ConversationKind
  /** The peer's user id in a direct chat, the room id in a group. Case-sensitive. */
  readonly id: string
}

/** A file of the channel's, on this machine, that the host may read while the turn runs. */
export interface TurnMedia {
  readonly kind: 'image' | 'voice' | 'video' | 'file'
  /** Absolute, inside the channel's state directory. */
  readonly path: string
  /** The name people gave it, cleaned of path parts and control characters. Untrusted. */
  readonly name: string
  readonly mimeType: string
  readonly sizeBytes: number
}

/** What a message answers to. Untrusted, all of it. */
export interface Quote {
  readonly text: string
  /** Whether the bot itself said it. */
  readonly fromBot: boolean
  /** Display name of who said it, where the backend tells. */
  readonly senderLabel?: string
  /** The quoted file, where the channel can fetch it. */
  readonly media?: readonly TurnMedia[]
}

/** Who wrote a message. `label` is a display name: untrusted, for people only, never compared. */
export interface Sender {
  readonly id: string
  readonly label?: string
}

export interface TurnMessage {
  /** The backend's message id, unique within account and conversation. */
  readonly id: string
  readonly sender: Sender
  readonly text: string
  /** Milliseconds since the epoch, as the backend dates it. */
  readonly timestampMs: number
  readonly quote?: Quote
  readonly media?: readonly TurnMedia[]
}

/** An earlier group message that the agent was not asked about. Untrusted. */
export interface ContextMessage {
  readonly senderLabel: string
  readonly text: string
  readonly timestampMs: number
  /** Its files, where the channel has fetched them; see `ChannelHost.contextMediaMaxBytes`. */
  readonly media?: readonly TurnMedia[]
}

/**
 * What a turn may use of the agent's tools. Names, `*`, or `prefix_*`; `deny` wins. `allow` absent: everything;
 * `allow` empty: nothing. A name that no tool bears matches nothing.
 */
export interface ToolScope {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
}

/** A part of a reply that was given up: its text, shortened, or the name of its file. */
export type UndeliveredPart = { readonly text: string } | { readonly fileName: string }

export interface Turn {
  /**
   * Stable over crashes: a turn that is run again bears the same id, and the host keeps one session entry for it.
   */
  readonly id: string
  /** How often the turn has begun, this time included: 1, and more after a crash or a stop cut it off. */
  readonly attempt: number
  readonly channelId: string
  readonly accountId: string
  readonly conversation: Conversation
  /** Who began the turn: the sender of its first message. In a group the others may be of other people. */
  readonly sender: Sender
  /** In order of arrival, at least one: a burst of one sender, or what arrived while the last turn ran. */
  readonly messages: readonly TurnMessage[]
  /** Group messages since the bot's last reply, oldest first; apart from `messages`, as untrusted context. */
  readonly context?: readonly ContextMessage[]
  /**
   * Parts of the bot's earlier replies here that did not reach the people, oldest first. The agent may believe that they
   * did, so the host tells it, and keeps that in the session. Untrusted, since replies repeat what people wrote.
   */
  readonly undelivered?: readonly UndeliveredPart[]
  /** From the configuration of the group: trusted, added to the agent's own. */
  readonly systemPrompt?: string
  /** Every scope narrows what the agent has; absent or empty: all of it. */
  readonly tools?: readonly ToolScope[]
  /** Earlier user turns of this session that the agent sees. 0: all of them. */
  readonly historyLimit: number
  /** A larger file of the reply is not sent: the host should have the agent know before. Absent: no limit is known. */
  readonly maxFileBytes?: number
  /**
   * The channel sends the reply in blocks while it is written, so the host should hand over text as it comes. Defaults
   * to false: only the whole reply counts.
   */
  readonly blocks?: boolean
}

/** A file that belongs to the reply: a path in the agent's workspace, or an http(s) URL. */
export interface ReplyMedia {
  readonly source: { readonly path: string } | { readonly url: string }
  readonly name?: string
}

/** A part of the reply, in the order in which it is written. The texts of all pieces, joined, are the reply's text. */
export interface ReplyPiece {
  readonly text: string
  readonly media?: readonly ReplyMedia[]
  /** A line of the host's own below the reply, such as that it is not whole. The channel chooses the language. */
  readonly note?: Notice
}
