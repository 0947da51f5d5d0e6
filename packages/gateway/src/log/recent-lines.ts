/**
 * The newest lines of the log, for the dashboard. They are redacted when they are written, and again when they are read:
 * what has become known as a secret since is hidden in earlier lines, too.
 */

import type { Redactor } from '@moltbot/channel-sdk'
import { describeLine } from './human.ts'
import { logLevels } from './levels.ts'

export interface RecentLine {
  /** Counts up by one from the start of the process. */
  readonly number: number
  /** ISO 8601. */
  readonly time: string
  readonly level: string
  readonly message: string
  readonly accountId?: string
  /** The other fields, as a terminal shows them. */
  readonly details: string
}

export interface LineQuery {
  /** Only those with a greater number. */
  readonly after: number
  /** The least important one. */
  readonly level: string
  readonly accountId?: string | undefined
  /** A part of the message or the details, in any case. */
  readonly text?: string | undefined
}

const maxKept = 2_000
/** Of all lines together, in UTF-16 units. */
const maxCharacters = 4_000_000
/** Of one answer: the newest. */
const maxShown = 500

export class RecentLines {
  readonly #redactor: Pick<Redactor, 'line'>
  /** Oldest first. */
  readonly #lines: string[] = []
  #characters = 0
  #last = 0

  constructor(redactor: Pick<Redactor, 'line'>) {
    this.#redactor = redactor
  }

  /** @param json one line of the log */
  add(json: string): void {
    this.#last++
    this.#lines.push(json)
    this.#characters += json.length
    while (this.#lines.length > maxKept || this.#characters > maxCharacters)
      this.#characters -= this.#lines.shift()?.length ?? 0
  }

  /** Oldest first. `last`: the number of the newest line of all. */
  find(query: LineQuery): { readonly lines: readonly RecentLine[]; readonly last: number } {
    const found: RecentLine[] = []
    let number = this.#last
    for (const json of this.#lines.toReversed()) {
      if (number <= query.after || found.length >= maxShown) break
      const line = lineOf(this.#redactor.line(json), number--)
      if (isWanted(line, query)) found.push(line)
    }
    return { lines: found.reverse(), last: this.#last }
  }
}

function lineOf(json: string, number: number): RecentLine {
  const line: Record<string, unknown> = JSON.parse(json)
  const { accountId } = line
  return {
    number,
    time: String(line.time),
    level: String(line.level),
    ...describeLine(line),
    ...(typeof accountId === 'string' && { accountId }),
  }
}

const ranks: readonly string[] = logLevels

function isWanted(line: RecentLine, { level, accountId, text = '' }: LineQuery): boolean {
  if (ranks.indexOf(line.level) > ranks.indexOf(level)) return false
  if (accountId !== undefined && line.accountId !== accountId) return false
  return `${line.message} ${line.details}`.toLowerCase().includes(text.toLowerCase())
}
