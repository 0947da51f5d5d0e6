/**
 * Cuts a reply into blocks while it is being written, so that the person can read its beginning before its end exists.
 * Pure; the host's pieces go in, blocks of whole Markdown come out.
 */

import { type Chunk, longestGrapheme, nextChunk, splittableFences } from './chunk.ts'
import { fenceAround } from './fences.ts'

export interface BlockSize {
  /** UTF-16 units that a block has at least, but for the last one and one that ends before code. */
  readonly minChars: number
  readonly maxChars: number
}

/** @param limit UTF-16 units in one message */
export function clampBlockSize({ minChars, maxChars }: BlockSize, limit: number): BlockSize {
  const most = Math.min(maxChars, limit)
  return { minChars: Math.min(minChars, most), maxChars: most }
}

/** A blank line, seen to its end, before something that is no part of a list item. */
const paragraphEnd = /\n[^\S\n]*\n(?:[^\S\n]*\n)*(?=\S)/g

/** The bodies of all blocks, joined, are what was pushed. A fence that is longer than a block is closed and opened again. */
export class BlockSplitter {
  readonly #size: BlockSize
  /** What has not become a block yet, after the line that opens its fence again. */
  #text = ''
  #opening = ''

  constructor(size: BlockSize) {
    this.#size = size
  }

  /** @returns the blocks that are complete with this piece */
  push(piece: string): Chunk[] {
    this.#text += piece
    return this.#take(() => this.#completeBlock())
  }

  /** @returns what is left, at the end of the reply */
  flush(): Chunk[] {
    return this.#take(() => this.#completeBlock() ?? this.#lastBlock())
  }

  #take(next: () => Chunk | undefined): Chunk[] {
    const blocks: Chunk[] = []
    for (let block = next(); block !== undefined; block = next()) blocks.push(block)
    return blocks
  }

  /** Ends with the first paragraph that makes it long enough, or where a block of the largest size is best cut. */
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

  /** The first block of `window`, which begins with the opening line. */
  #block(window: string, end: number): Chunk {
    const { maxChars } = this.#size
    const fences = splittableFences(window, maxChars)
    const cut = nextChunk({ text: window, fences, end, limit: maxChars }, 0)
    const block = { ...cut, opening: this.#opening, body: cut.body.slice(this.#opening.length) }
    this.#text = this.#text.slice(block.body.length)
    const fence = fenceAround(fences, cut.body.length)
    this.#opening = fence === undefined ? '' : `${fence.opening}\n`
    return block
  }
}
