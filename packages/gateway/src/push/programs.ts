/**
 * All that other programs can use, on one database: tokens, pushes, uploads, and what they may see of conversations.
 */

import { join } from 'node:path'
import type { DiskBudget, Logger } from '@moltbot/channel-sdk'
import type { EventHub } from '../events/event-hub.ts'
import type { GatewayDatabase } from '../gateway-database.ts'
import type { Settings } from '../settings.ts'
import { AccessTokens } from './access-tokens.ts'
import { Conversations } from './conversations.ts'
import { PushDesk } from './push-desk.ts'
import type { ReadingChannels, SendingChannels } from './sending-channels.ts'
import { sqlitePushes } from './sqlite-pushes.ts'
import { sqliteTokens } from './sqlite-tokens.ts'
import { Uploads } from './uploads.ts'

export interface Programs {
  readonly tokens: AccessTokens
  readonly pushes: PushDesk
  readonly uploads: Uploads
  readonly conversations: Conversations
}

export interface ProgramsOptions {
  readonly database: Pick<GatewayDatabase, 'db' | 'unreadable'>
  readonly stateDir: string
  readonly disk: DiskBudget
  readonly channels: () => SendingChannels & ReadingChannels
  readonly settings: () => Pick<Settings, 'targets' | 'readsConversations'>
  readonly events: Pick<EventHub, 'publish'>
  readonly log: Logger
  readonly now: () => number
}

export function openPrograms({
  database,
  stateDir,
  disk,
  channels,
  settings,
  ...shared
}: ProgramsOptions): Programs {
  const { db, unreadable } = database
  const targets = () => settings().targets
  return {
    tokens: new AccessTokens(sqliteTokens(db, unreadable), shared.now),
    pushes: new PushDesk({ ...shared, store: sqlitePushes(db, unreadable), channels, targets }),
    uploads: new Uploads(join(stateDir, 'uploads'), disk),
    conversations: new Conversations({ channels, settings }),
  }
}
