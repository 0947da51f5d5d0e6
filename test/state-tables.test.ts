/**
 * The description by which a state is moved knows every table and every column of both databases.
 */

import { DatabaseSync } from 'node:sqlite'
import type { StoredTable } from '@moltbot/channel-sdk/sql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadInstalledPlugins } from '../packages/gateway/src/extensions/discover.ts'
import { type MovedStore, movedStores } from '../packages/gateway/src/moving/side.ts'
import { PostgresDatabase } from '../packages/gateway/src/postgres/database.ts'
import { emptyDatabase, postgresNote, withoutPostgres } from './support/postgres.ts'

const stores = movedStores(await loadInstalledPlugins())

/** Tables of PostgreSQL that hold no part of a state. */
const ofTheDatabase = ['schema_version', 'state_mark']

type Columns = Record<string, string[]>

it('has the stores of the gateway and of the WeChat channel', () => {
  expect(stores.map(({ folder, state }) => `${folder}/${state.file}`)).toEqual([
    '/gateway.sqlite',
    'wechat/wechat.sqlite',
  ])
})

describe.each(stores)('the tables of $state.file', ({ state }) => {
  it('are all known in SQLite', () => {
    const db = new DatabaseSync(':memory:')
    for (const script of state.migrations) db.exec(script)
    const found = columnsBy(
      db
        .prepare(
          `SELECT t.name AS "table", c.name AS "column" FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
        )
        .all(),
    )
    expect(sorted(found)).toEqual(sorted(known(state.tables, sqliteColumns)))
    db.close()
  })
})

describe.skipIf(withoutPostgres)(`tables in PostgreSQL${postgresNote}`, () => {
  let db: PostgresDatabase
  beforeAll(async () => {
    db = new PostgresDatabase({ url: await emptyDatabase() })
    for (const { state } of stores) await db.migrate(state.schema, state.scripts)
  })
  afterAll(() => db.close())

  it.each(stores)('are all known that $state.file has there', async ({ state }) => {
    const found = columnsBy(
      await db.query(
        `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = $1`,
        [state.schema],
      ),
    )
    for (const name of ofTheDatabase) delete found[name]
    expect(sorted(found)).toEqual(sorted({ ...known(state.tables, postgresColumns), ...partTables(state) }))
  })
})

function known(tables: readonly StoredTable[], columnsOf: (table: StoredTable) => string[]): Columns {
  return Object.fromEntries(tables.map((table) => [table.name, columnsOf(table)]))
}

const common = ({ columns, left = [] }: StoredTable) => [...Object.keys(columns), ...left]

function sqliteColumns(table: StoredTable): string[] {
  const columns = common(table).filter((column) => column !== table.rowid)
  return table.content?.in === 'column' ? [...columns, table.content.nameColumn] : columns
}

function postgresColumns(table: StoredTable): string[] {
  const columns = [...common(table), ...Object.keys(table.made ?? {})]
  return table.content?.in === 'column' ? [...columns, table.content.column] : columns
}

const partTables = ({ tables }: MovedStore['state']): Columns =>
  Object.fromEntries(
    tables.flatMap(({ content }) =>
      content?.in === 'parts' ? [[content.table, ['account_id', 'key', 'part', 'bytes']]] : [],
    ),
  )

function columnsBy(rows: readonly Readonly<Record<string, unknown>>[]): Columns {
  const tables: Columns = {}
  for (const { table, column } of rows) {
    const name = String(table)
    tables[name] = [...(tables[name] ?? []), String(column)]
  }
  return tables
}

const sorted = (tables: Columns): Columns =>
  Object.fromEntries(
    Object.entries(tables)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, columns]) => [name, columns.toSorted()]),
  )
