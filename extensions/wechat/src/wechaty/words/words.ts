/**
 * Plain types for what people write and share, for the files of this folder and those that use them.
 */

import type { types } from 'wechaty-puppet'
import type { InboundKind } from '../../model/message.ts'

/** What the agent reads of a message. */
export interface Words {
  readonly kind: InboundKind
  /** What the person wrote or said, else a short description. */
  readonly text: string
  /** The person wrote nothing: `text` describes what was sent. */
  readonly isBare?: true
  readonly quote?: WrittenQuote
}

/** A quote in the XML of the protocol. */
export interface WrittenQuote {
  readonly text: string
  readonly authorId: string
  readonly authorName: string
}

/** `note`: nobody's words. They are not answered, and no history. */
export type Reading = Words | 'note'

/** The parts of a message that say what was written. */
export interface Written {
  readonly id: string
  readonly type: types.Message
  readonly text: string
  readonly filename?: string | undefined
}

/** What a person shared; see `describeCard`. */
export interface Card {
  /** What it is, e.g. `link`. */
  readonly name: string
  readonly title?: string | undefined
  readonly detail?: string | undefined
  readonly address?: string | undefined
}
