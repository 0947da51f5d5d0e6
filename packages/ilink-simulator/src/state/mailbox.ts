// What a bot has yet to hear: messages in order, each kept as the wire text it will be sent as.

import {
  duplicateAfterMs,
  maxPendingMessages,
  maxReplayMessages,
  maxUnconfirmed,
  maxUpdatesPerReply,
} from '../limits.ts'
import type { Settings } from '../settings.ts'
import { Waiters } from './waiters.ts'

type Letter = { seq: number; text: string }
type Delivery = Settings['delivery']

/** Where a client stands: after this message, with this batch as the last one it was given; 0 for none. */
export type Position = { seq: number; batch: number }

/** Messages of one answer, the position after them, and how to take the delivery back. */
export type Batch = { texts: string[]; position: Position; undo: () => void }

export class Mailbox {
  readonly waiters = new Waiters()
  #letters: Letter[] = []
  #lastSeq = 0
  /** Everything up to here has been handed over. */
  #deliveredSeq = 0
  #again: { letters: Letter[]; dueMs: number } | undefined
  #lastBatch = 0
  /** Batches whose client has not yet shown that it has them. */
  readonly #unconfirmed = new Map<number, Letter[]>()
  /** Those of them whose connection broke: they go out again. */
  readonly #lost = new Map<number, Letter[]>()

  get isFull(): boolean {
    return this.#lastSeq - this.#deliveredSeq >= maxPendingMessages
  }

  nextSeq(): number {
    return this.#lastSeq + 1
  }

  add(text: string): void {
    this.#letters.push({ seq: ++this.#lastSeq, text })
    this.#forgetOld()
    this.waiters.wakeNewest()
  }

  /** Takes what is due for a client that stands at `cursor`; an empty batch means: hold. */
  take(delivery: Delivery, cursor: Position, nowMs: number): Batch {
    const seq = delivery === 'replay' ? cursor.seq : this.#deliveredSeq
    const fresh = this.#after(seq)
    const repeated = delivery === 'duplicate' ? this.#takeRepeated(nowMs) : []
    const lost = this.#takeLost(cursor)
    const position = { seq: fresh.at(-1)?.seq ?? seq, batch: this.#remember([...lost, ...fresh]) }
    this.#deliveredSeq = Math.max(this.#deliveredSeq, position.seq)
    if (delivery === 'duplicate' && fresh.length > 0) this.#repeatLater(fresh, nowMs)
    // A replaying service looks at the cursor alone: what was lost is asked for again.
    const undo = () => {
      if (delivery !== 'replay') this.#lose(position.batch)
    }
    return { texts: [...repeated, ...lost, ...fresh].map((letter) => letter.text), position, undo }
  }

  /** How long until a repeated delivery is due; `undefined` when there is none. */
  repeatInMs(nowMs: number): number | undefined {
    return this.#again && Math.max(0, this.#again.dueMs - nowMs)
  }

  #after(seq: number): Letter[] {
    const firstSeq = this.#letters[0]?.seq ?? 0
    const start = Math.max(0, seq + 1 - firstSeq)
    return this.#letters.slice(start, start + maxUpdatesPerReply)
  }

  #remember(letters: Letter[]): number {
    if (letters.length === 0) return 0
    const batch = ++this.#lastBatch
    this.#unconfirmed.set(batch, letters)
    const oldest = this.#unconfirmed.keys().next().value
    if (this.#unconfirmed.size > maxUnconfirmed && oldest !== undefined) this.#unconfirmed.delete(oldest)
    return batch
  }

  #lose(batch: number): void {
    const letters = this.#unconfirmed.get(batch)
    if (letters === undefined) return
    this.#unconfirmed.delete(batch)
    this.#lost.set(batch, letters)
    this.waiters.wakeNewest()
  }

  /** A client that goes on from the end of a batch has it, whatever became of the connection. */
  #takeLost({ batch }: Position): Letter[] {
    this.#unconfirmed.delete(batch)
    this.#lost.delete(batch)
    const letters = [...this.#lost.values()].flat()
    this.#lost.clear()
    return letters.toSorted((a, b) => a.seq - b.seq)
  }

  #repeatLater(letters: Letter[], nowMs: number): void {
    const { letters: waiting, dueMs } = this.#again ?? { letters: [], dueMs: nowMs + duplicateAfterMs }
    this.#again = { letters: [...waiting, ...letters], dueMs }
  }

  #takeRepeated(nowMs: number): Letter[] {
    if (!this.#again || this.#again.dueMs > nowMs) return []
    const { letters } = this.#again
    this.#again = undefined
    return letters
  }

  #forgetOld(): void {
    const deliveredCount = this.#deliveredSeq + 1 - (this.#letters[0]?.seq ?? 0)
    if (deliveredCount >= 2 * maxReplayMessages) this.#letters.splice(0, deliveredCount - maxReplayMessages)
  }
}
