/**
 * What is owed to the people of a soak, and what they received. Each message is owed every part of its answer and its file
 * once, in the chat in which it was written, in their order; a message whose turn failed is owed a notice. Pure.
 */

import { fileOf, nothingAsked, numberOfFile, partOf, partsIn } from './wishes.ts'

/** What the model has promised in answer to a message. */
export interface Promised {
  readonly parts: number
  readonly file: boolean
}

/** What the gateway itself reports of answers that it gave up. */
export interface Excuses {
  /** Parts and files that may have arrived, and are not sent again. */
  readonly uncertain: ReadonlySet<string>
  /** Numbers of messages that the puppet could not deliver. */
  readonly unreadable: ReadonlySet<number>
  /** Numbers of messages whose turn failed because of the model. */
  readonly failed: ReadonlySet<number>
  /** Numbers of messages whose answer was cut off after a part of it had been sent. */
  readonly cutOff: ReadonlySet<number>
  /** Numbers of messages of whose answer the rest was sent as a file, since the person's sends were nearly used up. */
  readonly packed: ReadonlySet<number>
}

export interface Balance {
  readonly messages: number
  readonly answered: number
  /** Messages whose turn failed because of the model, in a chat that got a notice. */
  readonly failed: number
  /** Messages with a part of their answer and a notice that it was cut off, in accounts that answer in blocks. */
  readonly cutOff: number
  /** Messages without a part or file that the gateway reports as uncertain. */
  readonly uncertain: number
  /** Messages that the gateway reports as unreadable. */
  readonly unreadable: number
  /** Messages the rest of whose answer came as a file. */
  readonly packed: number
  readonly notices: number
  /** Parts and files that did not come, without a report of the gateway. */
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  /** Messages whose answer came in another order. */
  readonly disordered: readonly number[]
  /** What came to another chat, or answers nothing. */
  readonly astray: readonly string[]
}

interface Debt {
  readonly chat: string
  promised: Promised
  /** The model was asked. */
  isAsked: boolean
  /** Parts and files in the order in which they came. */
  readonly came: string[]
}

type End = 'answered' | 'failed' | 'cutOff' | 'uncertain' | 'unreadable' | 'packed' | 'lost'

/** The name that the channel gives to the rest of an answer. */
export const restOfAnswer = 'reply.md'

export class Ledger {
  readonly #debts = new Map<number, Debt>()
  /** How many texts without a part of an answer came to a chat. */
  readonly #notices = new Map<string, number>()
  /** Chats to which the rest of an answer came as a file. */
  readonly #packs = new Set<string>()
  readonly #astray: string[] = []

  get messages(): number {
    return this.#debts.size
  }

  /** A message is about to be written. @returns its number, from 1 */
  owe(chat: string): number {
    const number = this.#debts.size + 1
    this.#debts.set(number, { chat, promised: { parts: 1, file: false }, isAsked: false, came: [] })
    return number
  }

  promise(number: number, promised: Promised): void {
    const debt = this.#debts.get(number)
    if (debt !== undefined) debt.promised = promised
  }

  /** The model is asked about this message. */
  ask(number: number): void {
    const debt = this.#debts.get(number)
    if (debt !== undefined) debt.isAsked = true
  }

  receiveText(chat: string, text: string): void {
    const parts = partsIn(text)
    for (const { number, part } of parts) this.#receive(chat, number, partOf(number, part))
    if (parts.length === 0 && text !== nothingAsked)
      this.#notices.set(chat, (this.#notices.get(chat) ?? 0) + 1)
  }

  receiveFile(chat: string, name: string): void {
    if (name === restOfAnswer) this.#packs.add(chat)
    else this.#receive(chat, numberOfFile(name), name)
  }

  #receive(chat: string, number: number | undefined, item: string): void {
    const debt = this.#debts.get(number ?? 0)
    if (debt?.chat === chat) debt.came.push(item)
    else this.#astray.push(`${item} in ${chat}`)
  }

  /** Whether the gateway surely has the message. */
  isTaken(number: number): boolean {
    return this.#debts.get(number)?.isAsked ?? false
  }

  balance(excuses: Excuses): Balance {
    const ends: Record<End, number> = {
      answered: 0,
      failed: 0,
      cutOff: 0,
      uncertain: 0,
      unreadable: 0,
      packed: 0,
      lost: 0,
    }
    const lost: string[] = []
    const twice: string[] = []
    const disordered: number[] = []
    for (const [number, debt] of this.#debts) {
      const owed = owedFor(number, debt.promised)
      const missing = owed.filter((item) => !debt.came.includes(item))
      const end = this.#endOf(number, debt, missing, excuses)
      ends[end] += 1
      if (end === 'lost') lost.push(...missing.filter((item) => !excuses.uncertain.has(item)))
      twice.push(...debt.came.filter((item, at) => debt.came.indexOf(item) < at))
      if (!isSorted(debt.came.map((item) => owed.indexOf(item)))) disordered.push(number)
    }
    const { lost: _, ...counts } = ends
    const notices = [...this.#notices.values()].reduce((sum, count) => sum + count, 0)
    const messages = this.#debts.size
    return { messages, ...counts, notices, lost, twice, disordered, astray: [...this.#astray] }
  }

  #endOf(
    number: number,
    { chat, came }: Debt,
    missing: readonly string[],
    { uncertain, unreadable, failed, cutOff, packed }: Excuses,
  ): End {
    if (missing.length === 0) return 'answered'
    const wasTold = this.#notices.has(chat)
    if (failed.has(number) && came.length === 0 && wasTold) return 'failed'
    if (cutOff.has(number) && wasTold) return 'cutOff'
    if (unreadable.has(number)) return 'unreadable'
    if (packed.has(number) && this.#packs.has(chat)) return 'packed'
    return missing.every((item) => uncertain.has(item)) ? 'uncertain' : 'lost'
  }
}

function owedFor(number: number, { parts, file }: Promised): string[] {
  const texts = Array.from({ length: parts }, (_, part) => partOf(number, part + 1))
  return file ? [...texts, fileOf(number)] : texts
}

function isSorted(places: readonly number[]): boolean {
  return places.every((place, at) => at === 0 || place >= (places[at - 1] ?? 0))
}
