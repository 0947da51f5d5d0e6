/**
 * Takes text until there is enough of it.
 */

export interface TakenText {
  readonly text: string
  /** There is more. */
  readonly cut: boolean
}

class Enough extends Error {}

export class TextTaker {
  readonly #maxLength: number
  #text = ''

  /** @param maxLength in UTF-16 units */
  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** @param give adds text; its `add` throws as soon as there is enough */
  async result(give: (add: (text: string) => void) => void | Promise<void>): Promise<TakenText> {
    try {
      await give((text) => this.#add(text))
    } catch (error) {
      if (!(error instanceof Enough)) throw error
      return { text: this.#text.slice(0, this.#maxLength).toWellFormed().trim(), cut: true }
    }
    return { text: this.#text.replaceAll('\r\n', '\n').trim(), cut: false }
  }

  #add(text: string): void {
    this.#text += text
    if (this.#text.length > this.#maxLength) throw new Enough()
  }
}
