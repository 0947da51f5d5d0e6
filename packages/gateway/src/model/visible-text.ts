/**
 * What a person may see of the text that a model writes: everything but its thoughts, its calls of tools written as
 * text, and marks for programs. Code is left as it is, so an answer may talk about such marks. The text may come in
 * pieces; however they are cut, the same is shown.
 */

import { codeAt, endOfFence } from './code-spans.ts'
import { type FoundMark, markAt, mayBecomeMark } from './markup.ts'

export interface VisibleTextOptions {
  /**
   * UTF-16 units that are held back at the beginning: a closing mark that nothing has opened hides what is before it,
   * as long as that has not been handed over. Defaults to the whole text.
   */
  readonly heldAtStart?: number
}

const somethingStarts = /[<[◁`~]/
const markStarts = /[<[◁]/g
/** A new line, or the end of a sentence: where thoughts begin, and a sentence about a tag does not have the tag. */
const boundary = /(?:^|\n|[.!?:。！？：…])\s*$/
const blankLine = /(?:^|\n)[^\S\n]*$/
/** UTF-16 units before the present place that decide what is a boundary. */
const tailLength = 80

export class VisibleText {
  readonly #heldAtStart: number
  /** What is not decided on yet. */
  #rest = ''
  /** What may be shown and was not handed over yet. */
  #held = ''
  /** Length of all that may be shown, handed over or not. */
  #length = 0
  #tail = ''
  /** The kind of what is hidden now. */
  #hiding: FoundMark['kind'] | undefined
  /** The marks that end the block of code. */
  #fence: string | undefined
  /** Where in {@link #held} the text after the latest hidden part begins. */
  #afterHidden = 0
  #hasHidden = false
  #endsUnopened = false
  /** White space is left out: the hidden part before it had its own. */
  #trims = false

  constructor({ heldAtStart = Number.POSITIVE_INFINITY }: VisibleTextOptions = {}) {
    this.#heldAtStart = heldAtStart
  }

  /** Whether a closing mark came that nothing had opened: the model's template has the opening one. */
  get endsUnopened(): boolean {
    return this.#endsUnopened
  }

  /** @returns what may be shown of the text so far and was not returned before */
  push(piece: string): string {
    this.#rest += piece
    while (this.#rest !== '' && this.#step(false));
    return this.#length < this.#heldAtStart ? '' : this.#handOver()
  }

  /** @returns the last of what may be shown; the text is whole */
  end(): string {
    while (this.#rest !== '' && this.#step(true));
    return this.#handOver()
  }

  #handOver(): string {
    const text = this.#held
    this.#held = ''
    return text
  }

  /** Decides on the beginning of {@link #rest}. @returns false where more has to come first */
  #step(ended: boolean): boolean {
    if (this.#hiding !== undefined) return this.#hide(this.#hiding, ended)
    if (this.#fence !== undefined) return this.#showCodeLine(this.#fence, ended)
    const start = this.#rest.search(somethingStarts)
    if (start !== 0) return this.#show(start < 0 ? this.#rest.length : start)
    const isCode = /[`~]/.test(this.#rest.charAt(0))
    return isCode ? this.#readCode(ended) : this.#readMark(ended)
  }

  #hide(kind: FoundMark['kind'], ended: boolean): boolean {
    const end = endOfHidden(this.#rest, 0, kind)
    if (end !== undefined) {
      this.#hiding = undefined
      return this.#drop(end)
    }
    this.#rest = ended ? '' : this.#rest.slice(undecidedFrom(this.#rest))
    return false
  }

  #showCodeLine(fence: string, ended: boolean): boolean {
    const length = this.#rest.indexOf('\n') + 1 || (ended ? this.#rest.length : 0)
    if (length === 0) return false
    if (endOfFence(this.#rest.slice(0, length), fence)) this.#fence = undefined
    return this.#show(length)
  }

  #readCode(ended: boolean): boolean {
    const code = codeAt(this.#rest, { atLineStart: blankLine.test(this.#tail), ended })
    if (code === undefined) return false
    this.#fence = code.fence
    return this.#show(code.length)
  }

  #readMark(ended: boolean): boolean {
    if (!ended && mayBecomeMark(this.#rest, 0)) return false
    const found = markAt(this.#rest, 0)
    if (found === undefined) return this.#show(1)
    const { mark, kind, length } = found
    if (mark === 'open') return this.#open(kind, length, ended)
    if (mark === 'close' && kind === 'thought') this.#hideBefore()
    return this.#drop(length)
  }

  #open(kind: FoundMark['kind'], length: number, ended: boolean): boolean {
    if (boundary.test(this.#tail)) {
      this.#hiding = kind
      return this.#drop(length)
    }
    const end = endOfHidden(this.#rest, length, kind)
    if (end !== undefined) return this.#drop(end)
    return ended && this.#show(length)
  }

  /** What has been shown since the last hidden part was hidden text too. */
  #hideBefore(): void {
    if (this.#length >= this.#heldAtStart) return
    this.#endsUnopened ||= !this.#hasHidden
    this.#held = this.#held.slice(0, this.#afterHidden)
    this.#length = this.#held.length
    this.#tail = this.#held.slice(-tailLength)
  }

  #drop(length: number): true {
    this.#rest = this.#rest.slice(length)
    this.#hasHidden = true
    this.#trims = /(?:^|\s)$/.test(this.#tail)
    this.#afterHidden = this.#length
    return true
  }

  #show(length: number): true {
    const text = this.#rest.slice(0, length)
    this.#rest = this.#rest.slice(length)
    const shown = this.#trims ? text.trimStart() : text
    if (shown === '') return true
    this.#trims = false
    this.#held += shown
    this.#length += shown.length
    this.#tail = (this.#tail + shown).slice(-tailLength)
    return true
  }
}

/** Where the text goes on behind the mark that ends what is hidden, from `from` on; undefined where there is none yet. */
function endOfHidden(text: string, from: number, kind: FoundMark['kind']): number | undefined {
  for (const { index } of text.slice(from).matchAll(markStarts)) {
    const found = markAt(text, from + index)
    const ends = found?.mark === 'answer' || (found?.mark === 'close' && found.kind === kind)
    if (found !== undefined && ends) return from + index + found.length
  }
  return undefined
}

/** Before it nothing hidden can end any more. */
function undecidedFrom(text: string): number {
  for (const { index } of text.matchAll(markStarts)) if (mayBecomeMark(text, index)) return index
  return text.length
}
