import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { eventSql } from './event-statements.ts'
import { migrations } from './migrations.ts'
import { receivedSql } from './received-statements.ts'
import { sql } from './statements.ts'

const db = new DatabaseSync(':memory:')
for (const script of migrations) db.exec(script)

/** What SQLite looks at, as it says itself. */
function plan(statement: string): string[] {
  const values = Array.from(statement.matchAll(/\?/g), () => 1)
  return db
    .prepare(`EXPLAIN QUERY PLAN ${statement}`)
    .all(...values)
    .map(({ detail }) => String(detail))
}

/** These hold no row that has ended. */
const smallIndexes = [
  'journal_open',
  'journal_refused',
  'outbox_open',
  'outbox_troubled',
  'journal_set_aside',
  'outbox_set_aside',
]
const wholeAccount = /INDEX (\w+) \(account_id=\?\)/

/**
 * Once an hour the groups are ranked; once a start the newest rows are read, from the end; all that waits, and the pauses, are
 * moved when the clock is set.
 */
const seldom = [
  'pruneHistory',
  'seenIds',
  'moveReceived',
  'moveUnsent',
  'moveRest',
  'outboxWaitingAll',
  'outboxFailedAll',
]
const often = Object.entries(sql).filter(([name]) => !seldom.includes(name))

it.each(often)('%s looks neither at all rows nor at all of an account', (_name, statement) => {
  for (const step of plan(statement)) {
    expect(step).not.toMatch(/^SCAN (journal|outbox)/)
    const index = wholeAccount.exec(step)?.[1]
    if (index !== undefined) expect(smallIndexes).toContain(index)
  }
})

/** For each event, or for each attempt. */
const ofEvents = [
  'insertEvent',
  'giveUpSurplus',
  'dropSurplusDead',
  'nextEvent',
  'deleteEvent',
  'markUndelivered',
] as const

it.each(ofEvents)('%s looks at the events of one webhook, in their order', (name) => {
  for (const step of plan(eventSql[name])) expect(step).not.toMatch(/^SCAN|TEMP B-TREE/)
})

it.each(Object.entries(receivedSql))('%s looks at one slice or one answer', (_name, statement) => {
  for (const { detail } of db.prepare(`EXPLAIN QUERY PLAN ${statement}`).all())
    expect(detail).not.toMatch(/^SCAN (journal|outbox)/)
})
