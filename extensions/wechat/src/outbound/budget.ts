/**
 * How many messages one answer may become, from its first block to its last file. A backend may limit the sends for one
 * message of the user, and no chat should be flooded: without this, an answer in blocks would use up the sends, and its rest
 * would be sent before the answer to the next question.
 */

/** Sends that are reserved so that a notice can still follow a long answer. */
const reservedSends = 1
/** Part of the sends that files may take from the text; files that need more have to wait. */
const mostForFiles = 0.5
/** The budget of an answer that is queued until the user's next message. */
const freshSends = 10

export class ReplyBudget {
  readonly #sends: number
  readonly #most: number
  #used = 0

  /**
   * @param sendsLeft number of sends that the backend still accepts in the conversation; undefined: no limit
   * @param most the most messages that the text may become
   */
  constructor(sendsLeft: number | undefined, most: number) {
    this.#sends = sendsLeft === undefined ? Number.POSITIVE_INFINITY : sendsLeft || freshSends
    this.#most = most
  }

  /** Messages that the rest of the text may become; at least 1. @param files number of files that will follow */
  messagesLeft(files: number): number {
    const forFiles = Math.min(files, Math.floor(this.#sends * mostForFiles))
    const left = Math.min(this.#most, this.#sends - reservedSends - forFiles) - this.#used
    return Math.max(1, left)
  }

  use(messages: number): void {
    this.#used += messages
  }
}
