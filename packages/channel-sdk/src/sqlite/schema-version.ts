/**
 * Which of the migrations a file has seen, by its tables and indexes: a number in one place of a file that a bad disk can
 * change is no proof.
 */

import { DatabaseSync } from 'node:sqlite'

/** How many of `migrations` give the schema of `db`; undefined where no number of them does. */
export function versionBySchema(db: DatabaseSync, migrations: readonly string[]): number | undefined {
  const found = schemaOf(db)
  const model = new DatabaseSync(':memory:')
  try {
    for (let version = 0; ; version++) {
      if (schemaOf(model) === found) return version
      const next = migrations[version]
      if (next === undefined) return undefined
      model.exec(next)
    }
  } finally {
    model.close()
  }
}

function schemaOf(db: DatabaseSync): string {
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all()
  return JSON.stringify(rows)
}
