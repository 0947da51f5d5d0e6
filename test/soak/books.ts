/**
 * What the gateway's own store says of a soak: how much is unfinished, and what it reports as given up.
 */

import { DatabaseSync } from 'node:sqlite'
import { count, countOpen, openTexts } from '../chaos/checks.ts'
import { type Excuses, restOfAnswer } from './ledger.ts'
import { askedIn, partOf, partsIn } from './wishes.ts'

const restSentAsFile = `turn_id IN (
  SELECT group_id FROM outbox WHERE state = 'sent' AND file ->> '$.name' = '${restOfAnswer}')`

export class Books {
  readonly #db: DatabaseSync

  /** @param file `wechat.sqlite` of a running gateway */
  constructor(file: string) {
    this.#db = new DatabaseSync(file, { readOnly: true })
  }

  /** Messages that are not finished, and parts that are not sent. */
  get unfinished(): number {
    return countOpen(this.#db)
  }

  /** Parts that wait to be sent. */
  get outboxDepth(): number {
    return count(this.#db, `outbox WHERE ${openTexts}`)
  }

  excuses(): Excuses {
    return {
      uncertain: new Set(this.#uncertain()),
      unreadable: new Set(
        this.#texts("message_id AS text FROM journal WHERE state = 'unreadable'").map(Number),
      ),
      failed: new Set(this.#failed("reason LIKE 'model-%'")),
      cutOff: new Set(this.#failed("reason = 'cut-off'")),
      packed: new Set(this.#numbers(restSentAsFile)),
    }
  }

  close(): void {
    this.#db.close()
  }

  #uncertain(): string[] {
    const texts = this.#texts("text FROM outbox WHERE state = 'uncertain'")
    const files = this.#texts(
      "file ->> '$.name' AS text FROM outbox WHERE state = 'uncertain' AND file IS NOT NULL",
    )
    return [
      ...files,
      ...texts.flatMap((text) => partsIn(text).map(({ number, part }) => partOf(number, part))),
    ]
  }

  #failed(why: string): number[] {
    return this.#numbers(`state = 'failed' AND ${why}`)
  }

  /** Of the messages in these rows of the journal. */
  #numbers(where: string): number[] {
    const texts = this.#texts(`message ->> '$.text' AS text FROM journal WHERE ${where}`)
    return texts.flatMap((text) => askedIn(text).map(({ number }) => number))
  }

  #texts(from: string): string[] {
    return this.#db
      .prepare(`SELECT ${from}`)
      .all()
      .map(({ text }) => String(text))
  }
}
