/**
 * Everything that the gateway itself stores, in `gateway.sqlite` or in PostgreSQL.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { SqlDatabase } from '@moltbot/channel-sdk/sql'
import { type KeptFiles, type KeptFilesOptions, openKeptFiles } from './files/kept-files.ts'
import { openGatewayDatabase } from './gateway-database.ts'
import type { PairingDesk } from './pairing/pairing-desk.ts'
import { createPairingDesk } from './pairing/sqlite-pairing.ts'
import type { PostgresSettings } from './postgres/settings.ts'
import type { TokenStore } from './push/access-tokens.ts'
import type { PushStore } from './push/push-store.ts'
import { sqlitePushes } from './push/sqlite-pushes.ts'
import { sqliteTokens } from './push/sqlite-tokens.ts'
import type { ScheduleStore } from './schedules/schedule.ts'
import { createScheduleStore } from './schedules/sqlite-schedules.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { createSessionStore } from './sessions/sqlite-sessions.ts'
import { refuseUnusableFolder } from './state/state-mark.ts'
import { sqliteRecords } from './usage/sqlite-records.ts'
import type { RecordStore } from './usage/turn-records.ts'

export interface GatewayStores {
  readonly sessions: SessionStore
  readonly pairing: PairingDesk
  readonly records: RecordStore
  readonly schedules: ScheduleStore
  readonly tokens: TokenStore
  readonly pushes: PushStore
  /** For the channels; absent where each has its own file. */
  readonly database?: SqlDatabase
  /** Rows that could not be read since it was opened. */
  readonly setAside: number
  /** Why nothing can be stored at present, for the operator. */
  readonly problem: string | undefined
  openKeptFiles(options: Omit<KeptFilesOptions, 'db' | 'unreadable'>): KeptFiles
  /** Gives up the connections to the database: what waits for an answer fails at once. */
  reconnect(): void
  /** Never throws. */
  close(): Promise<void>
}

export interface StoresOptions {
  readonly stateDir: string
  /** Undefined: SQLite. */
  readonly database: PostgresSettings | undefined
  readonly log: Logger
  readonly now?: (() => number) | undefined
}

/** @throws `database-too-new`, `state-moved`, `state-unfinished`, and what keeps PostgreSQL from being used */
export async function openStores({ stateDir, database, log, now }: StoresOptions): Promise<GatewayStores> {
  if (database === undefined) return sqliteStores(stateDir, log, now)
  const { postgresStores } = await import('./postgres/gateway-stores.ts')
  return postgresStores(database, log, now)
}

function sqliteStores(stateDir: string, log: Logger, now: StoresOptions['now']): GatewayStores {
  refuseUnusableFolder(stateDir)
  const { db, unreadable, close } = openGatewayDatabase(stateDir, log)
  return {
    sessions: createSessionStore(db, unreadable),
    pairing: createPairingDesk(db, { unreadable, ...(now && { now }) }),
    records: sqliteRecords(db),
    schedules: createScheduleStore(db, unreadable),
    tokens: sqliteTokens(db, unreadable),
    pushes: sqlitePushes(db, unreadable),
    get setAside() {
      return unreadable.count
    },
    problem: undefined,
    openKeptFiles: (options) => openKeptFiles({ ...options, db, unreadable }),
    reconnect: () => undefined,
    close,
  }
}
