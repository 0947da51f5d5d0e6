/**
 * Answers that a crash or a stop cut off after a part of them was sent. OpenClaw has no public way to write into the
 * transcript of a session (`plugin-sdk/session-transcript-runtime` is for its own plugins), so the next turn of the session
 * tells the model, as data of the channel. Until then it is in a file.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { codeOf, type Turn } from '@moltbot/channel-sdk'
import type { StructuredContext } from './host-api.ts'
import { textOf } from './prompt.ts'

/** Of the latest turns, in all sessions and in one. */
const maxNotes = 200
const maxToldAtOnce = 5
/** Of each text, UTF-16 units. */
const maxTextLength = 8_000

interface Note {
  readonly session: string
  readonly turn: string
  readonly question: string
  readonly sent: string
}

export class CutOffNotes {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** A note of the same turn is replaced. */
  add(session: string, turn: Turn, sent: string): void {
    const id = turn.id ?? ''
    const note = { session, turn: id, question: cut(textOf(turn)), sent: cut(sent) }
    this.#write([...this.#read().filter((one) => one.turn !== id || one.session !== session), note])
  }

  /** For the model, in the next turn of the session. */
  contextOf(session: string): StructuredContext[] {
    const payload = this.#read()
      .filter((note) => note.session === session)
      .slice(-maxToldAtOnce)
      .map(({ question, sent }) => ({ question, sent }))
    const label = 'your earlier answers that were cut off: the question, and what of the answer was sent'
    return payload.length === 0 ? [] : [{ label, payload }]
  }

  /** The session knows them now, or was reset. */
  forget(session: string): void {
    const notes = this.#read()
    const rest = notes.filter((note) => note.session !== session)
    if (rest.length < notes.length) this.#write(rest)
  }

  #read(): Note[] {
    try {
      const notes: Note[] = JSON.parse(readFileSync(this.#file, 'utf8'))
      return notes
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return []
      throw error
    }
  }

  #write(notes: readonly Note[]): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(notes.slice(-maxNotes)), { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }
}

function cut(text: string): string {
  return text.slice(0, maxTextLength).toWellFormed()
}
