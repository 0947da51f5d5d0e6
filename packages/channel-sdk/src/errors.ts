/**
 * The one base class of every error that crosses a room of this project.
 * An error says what happened (`code`), whether time may cure it (`retryable`), whether the other side surely
 * did not do it (`certain`), and, where a person in a chat should hear of it, in which words (`notice`).
 */

/** A short text for the person in the chat, in both languages of the manual. */
export interface Notice {
  readonly en: string
  readonly 'zh-CN': string
}

export interface MoltbotErrorOptions {
  /** May the same call succeed later without any change? Defaults to false. */
  readonly retryable?: boolean
  /** Did the other side surely not do it? Defaults to true; false after a time-out in mid-flight. */
  readonly certain?: boolean
  /** Text for the person in the chat, where they should get one. */
  readonly notice?: Notice
  readonly cause?: unknown
}

export class MoltbotError extends Error {
  override readonly name: string = 'MoltbotError'
  /** Stable, lower-case, words joined by `-`. Logs, status and tests rely on it; the message may change. */
  readonly code: string
  readonly retryable: boolean
  readonly certain: boolean
  readonly notice: Notice | undefined

  /** @param message for the operator: what happened and what they can do about it. Never holds a secret. */
  constructor(code: string, message: string, options: MoltbotErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    this.certain = options.certain ?? true
    this.notice = options.notice
  }
}

/** The message of anything that was thrown, for a log line or a state's `reason`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The `code` of anything that was thrown, `unknown` where it has none. */
export function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
