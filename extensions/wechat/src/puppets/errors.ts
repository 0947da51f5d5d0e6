/**
 * What puppets report as errors, made fit for people and the log: one line without stacks and prefixes, without the
 * secrets of the configuration, and not the same line again and again.
 */

import { codeOf, type Logger, messageOf } from '@moltbot/channel-sdk'

const maxLength = 500

const stack = /\n\s+at [\s\S]*/
/** A hosted puppet's error has no gRPC status of its own. */
const prefixes = /^(?:(?:2 UNKNOWN|Error): )+/
/** Chromium's message for a page that it cannot open. */
const unopened = /\b(net::ERR_\w+) at (https?:\/\/\S+)/
/** Puppeteer's message for a page that does not become the one it waits for. */
const otherPage = /^waiting for (?:function|selector|XPath) .*/

/** An error of a puppet as one line that a person can read. */
export function describeError(error: unknown): string {
  const text = messageOf(error).replace(stack, '').replace(prefixes, '').replaceAll(/\s+/g, ' ').trim()
  return explained(text).slice(0, maxLength)
}

function explained(text: string): string {
  const [, failure, url] = unopened.exec(text) ?? []
  if (url !== undefined && URL.canParse(url)) return `${new URL(url).host} cannot be reached (${failure})`
  return otherPage.test(text) ? `the page that opened is not the login page (${text})` : text
}

/** Names of options whose value is a secret, with all that is below it. */
const secretKeyPattern = /(?:token|secret|passw(?:or)?d|api[_-]?key|credentials?|cookie)$/i

/**
 * Every secret string among the options. gRPC errors repeat the token that was refused, and the text of an error is
 * shown in more places than the log.
 */
export function secretsIn(options: unknown, isSecret = false): string[] {
  if (typeof options === 'string') return isSecret && options !== '' ? [options] : []
  if (typeof options !== 'object' || options === null) return []
  return Object.entries(options).flatMap(([key, value]) =>
    secretsIn(value, isSecret || secretKeyPattern.test(key)),
  )
}

export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text)
}

const floodWindowMs = 60_000
/** Different messages in a window; the same one passes once. */
const maxPerWindow = 20

/** Keeps a source that repeats itself from filling the log. */
export class FloodGate {
  readonly #now: () => number
  readonly #seen = new Set<string>()
  #windowEndMs = Number.NEGATIVE_INFINITY
  #leftOut = 0

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * Whether this message should be logged now; undefined: it should not. `leftOut` counts the messages that were not
   * logged since the last one that was.
   */
  pass(message: string): { readonly leftOut: number } | undefined {
    if (this.#now() >= this.#windowEndMs) {
      this.#windowEndMs = this.#now() + floodWindowMs
      this.#seen.clear()
    }
    if (this.#seen.has(message) || this.#seen.size >= maxPerWindow) {
      this.#leftOut += 1
      return undefined
    }
    this.#seen.add(message)
    const passed = { leftOut: this.#leftOut }
    this.#leftOut = 0
    return passed
  }
}

/** Errors of one puppet in the log. */
export class ErrorLog {
  readonly #log: Logger
  readonly #gate: FloodGate

  constructor(log: Logger, now: () => number) {
    this.#log = log
    this.#gate = new FloodGate(now)
  }

  warn(error: unknown, message: string): void {
    const described = describeError(error)
    const passed = this.#gate.pass(`${message}: ${described}`)
    if (passed === undefined) return
    const { leftOut } = passed
    this.#log.warn({ error: described, code: codeOf(error), ...(leftOut > 0 && { leftOut }) }, message)
  }
}
