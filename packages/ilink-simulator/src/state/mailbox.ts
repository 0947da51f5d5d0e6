// What a bot has yet to hear: messages in order, each kept as the wire text it will be sent as.

import { duplicateAfterMs, maxPendingMessages, maxReplayMessages, maxUpdatesPerReply } from '../limits.ts'
import type { Settings } from '../settings.ts'
import { Waiters } from './waiters.ts'

type Letter = { seq: number; text: string }
type Delivery = Settings['delivery']

/** Messages of one answer, the position after them, and how to take the delivery back. */
export type Batch = { texts: string[]; seq: number; undo: () => void }

export class Mailbox {
  readonly waiters = new Waiters()
  #letters: Letter[] = []
  #lastSeq = 0
  /** Everything up to here has been handed over. */
  #deliveredSeq = 0
  #again: { letters: Letter[]; dueMs: number } | undefined

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

  /** Takes what is due for a client that stands at `cursorSeq`; an empty batch means: hold. */
  take(delivery: Delivery, cursorSeq: number, nowMs: number): Batch {
    const position = delivery === 'replay' ? cursorSeq : this.#deliveredSeq
    const fresh = this.#after(position)
    const repeated = delivery === 'duplicate' ? this.#takeRepeated(nowMs) : []
    const before = this.#deliveredSeq
    const seq = fresh.at(-1)?.seq ?? position
    this.#deliveredSeq = Math.max(before, seq)
    if (delivery === 'duplicate' && fresh.length > 0) this.#repeatLater(fresh, nowMs)
    // Rather a message that comes twice, when another poll went on meanwhile, than one that never comes.
    const undo = () => {
      this.#deliveredSeq = Math.min(this.#deliveredSeq, before)
    }
    return { texts: [...repeated, ...fresh].map((letter) => letter.text), seq, undo }
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
