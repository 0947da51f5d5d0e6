/**
 * The tables of the gateway in PostgreSQL, empty for each test.
 */

import { emptyDatabase } from '../../../test/support/postgres.ts'
import { gatewayState } from '../src/moving/gateway-state.ts'
import { PostgresDatabase } from '../src/postgres/database.ts'
import { gatewayScripts, schema } from '../src/postgres/gateway-tables.ts'

export interface PostgresStage {
  readonly url: string
  /** Further connections see the same data, like another gateway. */
  connect(): PostgresDatabase
  close(): Promise<void>
}

/** One database for all tests of a worker: to make a new one takes ten times as long as to empty it. */
let url: Promise<string> | undefined

export async function postgresStage(): Promise<PostgresStage> {
  url ??= emptyDatabase()
  const settings = { url: await url, poolSize: 4 }
  const open: PostgresDatabase[] = []
  const connect = () => {
    const db = new PostgresDatabase(settings)
    open.push(db)
    return db
  }
  const db = connect()
  await db.migrate(schema, gatewayScripts)
  await db.query(`
    TRUNCATE ${gatewayState.tables.map(({ name }) => `${schema}.${name}`).join(', ')} RESTART IDENTITY`)
  return {
    url: settings.url,
    connect,
    close: async () => {
      await Promise.all(open.splice(0).map((one) => one.close()))
    },
  }
}
