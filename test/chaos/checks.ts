/**
 * Checks after the end of the chaos.
 */

import type { DatabaseSync } from 'node:sqlite'
import type { Actor, ChaosStage } from './stage.ts'

const openMessages = "state IN ('accepted', 'dispatched')"
/** SQL for rows of the outbox that are not sent yet. */
export const openTexts = "state IN ('queued', 'attempted', 'parked')"

/** Number of unfinished messages, and of texts that are not sent yet. */
export function countOpen(db: DatabaseSync): number {
  return count(db, `journal WHERE ${openMessages}`) + count(db, `outbox WHERE ${openTexts}`)
}

export function count(db: DatabaseSync, from: string): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.n)
}

/** One sentence for each failed check. */
export function problemsOf(stage: ChaosStage, db: DatabaseSync, actor: Actor): string[] {
  const found = [...messageProblems(stage, db, actor), ...textProblems(db, actor), ...deliveryProblems(actor)]
  return found.map((problem) => `${actor.accountId}: ${problem}`)
}

/** Every accepted message is finished, and every answered one was in one turn. */
function messageProblems({ turnsOf }: ChaosStage, db: DatabaseSync, { accountId }: Actor): string[] {
  const rows = db.prepare('SELECT message_id, state FROM journal WHERE account_id = ?').all(accountId)
  return rows.flatMap(({ message_id: id, state }) => {
    if (state === 'accepted' || state === 'dispatched') return [`message ${id} is still ${state}`]
    const turns = turnsOf.get(`${accountId} ${id}`)?.size ?? 0
    return state === 'answered' && turns !== 1 ? [`message ${id} was in ${turns} turns`] : []
  })
}

function textProblems(db: DatabaseSync, { accountId }: Actor): string[] {
  const rows = db.prepare(`SELECT text FROM outbox WHERE account_id = ? AND ${openTexts}`).all(accountId)
  return rows.map(({ text }) => `"${text}" is still to be sent`)
}

/** No text is shown twice in a conversation, and answers with a certain result arrive in order. */
function deliveryProblems({ world }: Actor): string[] {
  const problems: string[] = []
  const times = new Map<string, number>()
  const last = new Map<string, number>()
  for (const { conversationId, text } of world.delivered) {
    const what = `"${text}" to ${conversationId}`
    times.set(what, (times.get(what) ?? 0) + 1)
    const [, number] = /#(\d+)/.exec(text) ?? []
    if (number === undefined || world.uncertain.has(text)) continue
    if (Number(number) < (last.get(conversationId) ?? 0)) problems.push(`${what} came after a later one`)
    last.set(conversationId, Number(number))
  }
  for (const [what, count] of times) {
    if (count > 1) problems.push(`${what} arrived ${count} times`)
  }
  return problems
}
