/**
 * Both stores of the channel, for suites whose rules hold on each of them.
 */

import { join } from 'node:path'
import { describe } from 'vitest'
import { openPostgresStore } from '../../extensions/wechat/src/store/postgres/store.ts'
import { openSqliteStore } from '../../extensions/wechat/src/store/sqlite-store.ts'
import type { Store } from '../../extensions/wechat/src/store/store.ts'
import { PostgresDatabase } from '../../packages/gateway/src/postgres/database.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from './postgres.ts'

export interface OpenedStore {
  readonly store: Store
  close(): Promise<void>
}

export interface StoreKind {
  readonly name: string
  /** It is not installed here. */
  readonly isMissing: boolean
  /** An empty store. @param folder for the files of SQLite */
  open(folder: string): Promise<OpenedStore>
}

const storeKinds: readonly StoreKind[] = [
  {
    name: 'SQLite',
    isMissing: false,
    open: async (folder) => {
      const { store } = openSqliteStore(join(folder, 'store.sqlite'))
      return { store, close: () => store.close() }
    },
  },
  {
    name: `PostgreSQL${postgresNote}`,
    isMissing: withoutPostgres,
    open: async () => {
      const db = new PostgresDatabase({ url: await emptyDatabase() })
      const store = await openPostgresStore(db)
      const close = async () => {
        await store.close()
        await db.close()
      }
      return { store, close }
    },
  },
]

/** Runs a suite on each store, and says by name which one is skipped. */
export function onEachStore(suite: (kind: StoreKind) => void): void {
  for (const kind of storeKinds) describe.skipIf(kind.isMissing)(`on ${kind.name}`, () => suite(kind))
}
