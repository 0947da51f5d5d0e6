/**
 * All that other programs can use, on the stores of the gateway: tokens, pushes, uploads, and what they may see of conversations.
 */

import { join } from 'node:path'
import type { DiskBudget, Logger } from '@moltbot/channel-sdk'
import type { EventHub } from '../events/event-hub.ts'
import type { GatewayStores } from '../gateway-stores.ts'
import type { Settings } from '../settings.ts'
import { AccessTokens } from './access-tokens.ts'
import { Conversations } from './conversations.ts'
import { PushDesk } from './push-desk.ts'
import type { ReadingChannels, SendingChannels } from './sending-channels.ts'
import { Uploads } from './uploads.ts'

export interface Programs {
  readonly tokens: AccessTokens
  readonly pushes: PushDesk
  readonly uploads: Uploads
  readonly conversations: Conversations
}

export interface ProgramsOptions {
  readonly stores: Pick<GatewayStores, 'tokens' | 'pushes'>
  readonly stateDir: string
  readonly disk: DiskBudget
  readonly channels: () => ReadingChannels
  readonly sending: () => SendingChannels
  readonly settings: () => Pick<Settings, 'targets' | 'readsConversations'>
  readonly events: Pick<EventHub, 'publish'>
  readonly log: Logger
  readonly now: () => number
}

export function openPrograms({
  stores,
  stateDir,
  disk,
  channels,
  sending,
  settings,
  ...shared
}: ProgramsOptions): Programs {
  const targets = () => settings().targets
  return {
    tokens: new AccessTokens(stores.tokens, shared),
    pushes: new PushDesk({ ...shared, store: stores.pushes, channels: sending, targets }),
    uploads: new Uploads(join(stateDir, 'uploads'), disk),
    conversations: new Conversations({ channels, settings }),
  }
}
