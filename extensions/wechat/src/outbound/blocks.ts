/**
 * Splits a reply into blocks while it is being written, so that the user can read the beginning early. Pure. The input is
 * the host's pieces, the output is blocks of complete Markdown.
 */

import {
  type Chunk,
  longestGrapheme,
  nextChunk,
  openingAt,
  splittableFences,
  splittableTables,
} from './chunk.ts'
import { fenceAround } from './fences.ts'

export interface BlockSize {
  /** Shortest block in UTF-16 units. The last block and a block before code may be shorter. */
  readonly minChars: number
  readonly maxChars: number
}

/** @param limit longest message, in UTF-16 units */
export function clampBlockSize({ minChars, maxChars }: BlockSize, limit: number): BlockSize {
  const most = Math.min(maxChars, limit)
  return { minChars: Math.min(minChars, most), maxChars: most }
}

/** Complete blank lines before text that is not indented, and so not part of a list item. */
const paragraphEnd = /\n[^\S\n]*\n(?:[^\S\n]*\n)*(?=\S)/g

/** The bodies of all blocks, joined, are the pushed text. A fence that is longer than a block is closed and opened again. */
export class BlockSplitter {
  readonly #size: BlockSize
  /** Text that is not in a block yet, without the line that opens its fence again. */
  #text = ''
  #opening = ''

  constructor(size: BlockSize) {
    this.#size = size
  }

  /** @returns the blocks that this piece completes, at most `most`; the next call returns the others */
  push(piece: string, most = Number.POSITIVE_INFINITY): Chunk[] {
    this.#text += piece
    return this.#take(() => this.#completeBlock(), most)
  }

  /** @returns the text that is in no block, with the line that opens its fence again, to be continued by the caller */
  release(): string {
    const text = this.#opening + this.#text
    this.#opening = ''
    this.#text = ''
    return text
  }

  /** @returns the remaining blocks, at the end of the reply */
  flush(): Chunk[] {
    return this.#take(() => this.#completeBlock() ?? this.#lastBlock(), Number.POSITIVE_INFINITY)
  }

  #take(next: () => Chunk | undefined, most: number): Chunk[] {
    const blocks: Chunk[] = []
    while (blocks.length < most) {
      const block = next()
      if (block === undefined) break
      blocks.push(block)
    }
    return blocks
  }

  /** Ends at the first paragraph end that makes the block long enough, or at the best place for a block of the largest size. */
  #completeBlock(): Chunk | undefined {
    const { minChars, maxChars } = this.#size
    if (this.#opening.length + this.#text.length < minChars) return undefined
    const window = this.#opening + this.#text.slice(0, maxChars + longestGrapheme)
    const fences = splittableFences(window, maxChars)
    for (const match of window.matchAll(paragraphEnd)) {
      const end = match.index + match[0].length
      if (end > maxChars) break
      if (end >= minChars && fenceAround(fences, end) === undefined) return this.#block(window, end)
    }
    return this.#text.length < maxChars + longestGrapheme ? undefined : this.#block(window, window.length)
  }

  #lastBlock(): Chunk | undefined {
    return this.#text === ''
      ? undefined
      : this.#block(this.#opening + this.#text, this.#opening.length + this.#text.length)
  }

  /** Takes the first block of `window`, which begins with the opening line. */
  #block(window: string, end: number): Chunk {
    const { maxChars } = this.#size
    const fences = splittableFences(window, maxChars)
    const tables = splittableTables(window, fences, maxChars)
    const cut = nextChunk({ text: window, fences, tables, end, limit: maxChars }, 0)
    const block = { ...cut, opening: this.#opening, body: cut.body.slice(this.#opening.length) }
    this.#text = this.#text.slice(block.body.length)
    this.#opening = openingAt({ text: window, fences, tables }, cut.body.length)
    return block
  }
}
