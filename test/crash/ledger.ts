/**
 * What the gateway owes to people, and what they got: the question `?n?` is answered in two parts, `first #n#` and
 * `second #n#`, and `?n? file` by the file `n.txt` besides.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cutOffNotice } from '../../extensions/wechat/src/outbound/notices.ts'

/** What came to a person. */
export type Arrival = { readonly text: string } | { readonly file: string; readonly bytes: number }

export interface Balance {
  readonly messages: number
  /** Answers, ends of answers and files that did not come. */
  readonly lost: readonly string[]
  /** Answers and files that came more than once. */
  readonly twice: readonly string[]
  /** Ends of answers in blocks, and their files, that did not follow after a kill. */
  readonly cutOff: readonly string[]
  /** Turns that were cut off so, for which no notice arrived instead. */
  readonly untold: number
  /** What did not come and is `uncertain` in the outbox, where a backend cannot repeat an id. */
  readonly uncertain: readonly string[]
  /** What waits in the outbox until the person writes again: files of many questions at once use the sends up. */
  readonly waiting: readonly string[]
  /** Files that came with another length than they were sent with. */
  readonly damaged: readonly string[]
}

/** What must not be, counted. */
export const failuresOf = ({ lost, twice, untold, damaged }: Balance): number =>
  lost.length + twice.length + untold + damaged.length

/** What the workspace's `report.txt` has. */
export const reportBytes = 20_000

/** A gateway that starts keeps others out of the file while it reads the log. */
const lockedMs = 10_000
const cutOffMessages = `SELECT turn_id, message AS json FROM journal WHERE reason = 'cut-off'`
const unsentParts = `
  SELECT state, text, file AS json FROM outbox
  WHERE state = 'uncertain' OR state = 'parked' AND cause = 'quota'`

/** What the store of a gateway says. */
export type ReadStore = (statement: string) => readonly Readonly<Record<string, unknown>>[]

/** The store in a state directory whose gateway has ended. */
export function readFileStore(stateDir: string): ReadStore {
  return (statement) => {
    const options = { readOnly: true, timeout: lockedMs }
    const store = new DatabaseSync(join(stateDir, 'wechat', 'wechat.sqlite'), options)
    try {
      return store.prepare(statement).all()
    } finally {
      store.close()
    }
  }
}

/** A member of an object that is stored as JSON; undefined for a row without. */
function memberOf(json: unknown, name: string): unknown {
  return json === null ? undefined : Reflect.get(Object(JSON.parse(String(json))), name)
}

/** Asked and answered look different, since a model reads earlier answers too. */
const questions = /\?(\d+)\?( file)?/g

/** The question with a number, as a person writes it. */
const questionOf = (n: number, asksForFile: boolean) => (asksForFile ? `?${n}? file` : `?${n}?`)

/** What a text asks for: answers `#n#`, and names of files. */
export function askedIn(text: string): { answers: string[]; files: string[] } {
  const found = [...text.matchAll(questions)]
  return {
    answers: found.map(([, n]) => `#${n}#`),
    files: found.flatMap(([, n, file]) => (file === undefined ? [] : [`${n}.txt`])),
  }
}

export class Ledger {
  readonly #expected = new Set<string>()
  /** What has not come yet of it. */
  readonly #missing = new Set<string>()
  /** Of each part of an answer and each file, how often it came. */
  readonly #arrived = new Map<string, number>()
  /** What the gateway has given up: nobody waits for it any more. */
  #givenUp: ReadonlySet<string> = new Set()
  readonly #damaged: string[] = []
  #messages = 0
  #notices = 0

  get messages(): number {
    return this.#messages
  }

  /** Numbers of the messages that an answer may still come for. */
  get open(): number[] {
    return [...this.#missing].flatMap((what) =>
      what.startsWith('first') && !this.#givenUp.has(what) ? Number(/\d+/.exec(what)?.[0]) : [],
    )
  }

  /** @param store as for `balance`; the gateway has ended */
  giveUp(store: ReadStore): void {
    this.#givenUp = exceptionsIn(store).uncertain
  }

  /** @returns the text of the next message */
  write(asksForFile: boolean): string {
    const n = this.#messages++
    const owed = [`first #${n}#`, `second #${n}#`, ...(asksForFile ? [`${n}.txt`] : [])]
    for (const what of owed) {
      this.#expected.add(what)
      this.#missing.add(what)
    }
    return questionOf(n, asksForFile)
  }

  arrived(arrival: Arrival): void {
    if ('text' in arrival) {
      for (const what of partsIn(arrival.text)) this.#count(what)
      if (isCutOffNotice(arrival.text)) this.#notices += 1
    } else {
      this.#count(arrival.file)
      if (arrival.bytes !== reportBytes) this.#damaged.push(`${arrival.file}: ${arrival.bytes} bytes`)
    }
  }

  /** @param store says what was cut off and what is uncertain */
  balance(store: ReadStore): Balance {
    const { turns, mayMiss, uncertain, waiting, uncertainNotices } = exceptionsIn(store)
    const missing = [...this.#missing]
    return {
      messages: this.#messages,
      lost: missing.filter((what) => !mayMiss.has(what) && !uncertain.has(what) && !waiting.has(what)),
      twice: [...this.#arrived].filter(([, times]) => times > 1).map(([what]) => what),
      cutOff: missing.filter((what) => mayMiss.has(what)),
      untold: Math.max(0, turns - this.#notices - uncertainNotices),
      uncertain: missing.filter((what) => uncertain.has(what) && !mayMiss.has(what)),
      waiting: missing.filter((what) => waiting.has(what)),
      damaged: this.#damaged,
    }
  }

  #count(what: string): void {
    this.#missing.delete(what)
    this.#arrived.set(what, (this.#arrived.get(what) ?? 0) + 1)
  }
}

const isCutOffNotice = (text: string) => text.startsWith(cutOffNotice.en)

/** An answer that was kept back may come as one text with several of them. */
function partsIn(text: string): string[] {
  const part = /^(?:first|second)/.exec(text)?.[0] ?? ''
  return text.split('\n\n').flatMap((paragraph) => {
    const name = paragraph.startsWith('second') ? 'second' : part
    return Array.from(paragraph.matchAll(/#\d+#/g), ([answer]) => `${name} ${answer}`)
  })
}

/** The turns that were cut off, and what may be missing for that reason: all but the first block. */
function exceptionsIn(store: ReadStore) {
  const rows = store(cutOffMessages)
  const missed = rows.flatMap(({ json }) => {
    const { answers, files } = askedIn(String(memberOf(json, 'text')))
    return [...answers.map((answer) => `second ${answer}`), ...files]
  })
  const parts = store(unsentParts)
  const namesIn = (state: string) =>
    parts
      .filter((part) => part.state === state)
      .flatMap(({ text, json }) => {
        const name = memberOf(json, 'name')
        return name === undefined ? partsIn(String(text)) : [String(name)]
      })
  return {
    turns: new Set(rows.map((row) => row.turn_id)).size,
    mayMiss: new Set(missed),
    uncertain: new Set(namesIn('uncertain')),
    waiting: new Set(namesIn('parked')),
    uncertainNotices: parts.filter(({ text }) => isCutOffNotice(String(text))).length,
  }
}
