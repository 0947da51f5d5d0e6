/**
 * What the turns of one account stand on.
 */

import type { ChannelHost, Conversation, Logger } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import type { AccountLink } from '../model/link.ts'
import type { Composer } from '../outbound/compose.ts'
import type { OutgoingFiles } from '../outbound/outgoing-files.ts'
import type { Store } from '../store/store.ts'

export interface TurnsOptions {
  readonly channelId: string
  readonly account: ResolvedAccount
  /** Of the puppet. */
  readonly idStability: () => IdStability
  readonly store: Store
  readonly host: Pick<ChannelHost, 'runTurn' | 'report'>
  /** The connected account, while there is one. */
  readonly link: () => AccountLink | undefined
  readonly wakeOutbox: (conversation: Conversation) => void
  readonly composer: Composer
  /** Files of running turns. */
  readonly mediaFolder: string
  readonly outgoing: OutgoingFiles
  readonly log: Logger
  readonly now: () => number
}
