/**
 * What people wrote to the accounts, and what they got: the question `?n?` is answered by `#n#`, once.
 */

import { performance } from 'node:perf_hooks'

interface Question {
  readonly account: string
  readonly writtenMs: number
  answeredMs?: number
  answers: number
}

export interface Balance {
  readonly messages: number
  /** Numbers of questions without an answer. */
  readonly lost: readonly number[]
  /** Numbers of questions with more than one. */
  readonly twice: readonly number[]
  /** Of the answers that came, how long the slowest took. */
  readonly slowestMs: number
}

const asked = /\?(\d+)\?/g
const answered = /#(\d+)#/g

/** What the model says to a text. */
export function answerTo(text: string): string {
  return [...text.matchAll(asked)].map(([, n]) => `#${n}#`).join(' ')
}

export class Ledger {
  readonly #questions: Question[] = []

  /** @returns its text */
  ask(account: string): string {
    this.#questions.push({ account, writtenMs: performance.now(), answers: 0 })
    return `?${this.#questions.length - 1}?`
  }

  arrived(text: string): void {
    for (const [, n] of text.matchAll(answered)) {
      const question = this.#questions[Number(n)]
      if (question === undefined) continue
      question.answers += 1
      question.answeredMs ??= performance.now()
    }
  }

  /** How long answers take to questions that were asked after `sinceMs`, or have taken until now: their median. */
  usualSince(sinceMs: number): number {
    const nowMs = performance.now()
    const asked = this.#questions.filter(({ writtenMs }) => writtenMs > sinceMs)
    const times = asked.map(({ writtenMs, answeredMs }) => (answeredMs ?? nowMs) - writtenMs)
    return Math.round(times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0)
  }

  /** Questions without an answer. */
  get open(): number {
    return this.#questions.filter(({ answers }) => answers === 0).length
  }

  /** Since `sinceMs`, of each account: until when a question that was asked later was answered. Absent: it was not yet. */
  answeredSince(sinceMs: number): ReadonlyMap<string, number> {
    const first = new Map<string, number>()
    for (const { account, writtenMs, answeredMs } of this.#questions) {
      if (writtenMs < sinceMs || answeredMs === undefined) continue
      first.set(account, Math.min(first.get(account) ?? Infinity, answeredMs - sinceMs))
    }
    return first
  }

  toJSON(): unknown {
    const date = (ms: number | undefined) => ms && new Date(performance.timeOrigin + ms).toISOString()
    return this.#questions.map(({ account, writtenMs, answeredMs, answers }, n) => ({
      n,
      account,
      written: date(writtenMs),
      answered: date(answeredMs),
      answers,
    }))
  }

  balance(): Balance {
    const numbered = this.#questions.map((question, n) => ({ ...question, n }))
    const times = numbered.map(({ answeredMs, writtenMs }) => (answeredMs ?? writtenMs) - writtenMs)
    return {
      messages: numbered.length,
      lost: numbered.filter(({ answers }) => answers === 0).map(({ n }) => n),
      twice: numbered.filter(({ answers }) => answers > 1).map(({ n }) => n),
      slowestMs: Math.round(Math.max(0, ...times)),
    }
  }
}
