/**
 * What an outbox needs of its account.
 */

import type { ChannelHost, Logger } from '@moltbot/channel-sdk'
import type { Blobs } from '../store/blobs.ts'
import type { AccountStore } from '../store/store.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import type { CopyOptions } from './copies.ts'
import type { ReplyLanguage } from './notices.ts'
import type { ReplyAges } from './outcome.ts'
import type { Silence } from './silence.ts'

export interface OutboxOptions {
  readonly account: {
    readonly id: string
    readonly replyLanguage: ReplyLanguage
    readonly maxReplyAgeMs: ReplyAges
  }
  readonly store: AccountStore
  readonly blobs: Blobs
  /** Longest message, in UTF-16 units. */
  readonly textLimit: () => number
  /** See `CopyOptions`. */
  readonly shown?: NonNullable<CopyOptions['shown']>
  readonly report: ChannelHost['report']
  /** See `AccountHolds`. Absent: always. */
  readonly mayAct?: () => boolean
  /** Events of parts that were sent or given up. Absent: no program is told. */
  readonly webhooks?: Pick<Webhooks, 'sent' | 'unsent' | 'wake'>
  /** Is told of failed sends and of confirmed ones. */
  readonly silence: Silence
  readonly log: Logger
  readonly now: () => number
  /** See `SteadyClock.onSet`. Absent: the clock is never set. */
  readonly onClockSet?: (moveTimes: (byMs: number) => void) => () => void
}
