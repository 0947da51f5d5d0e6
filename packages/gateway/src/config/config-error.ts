/**
 * What is wrong with a configuration, as data, and as the one line for each problem that people read.
 */

import { MoltbotError } from '@moltbot/channel-sdk'

export interface ConfigProblem {
  readonly file: string
  /** 1-based, of the key; of the value where it has no key of its own. */
  readonly line: number
  readonly column: number
  /** The full key path, such as `channels.wechat.accounts.a.dmPolicy`; empty for the root. */
  readonly path: string
  readonly message: string
  /** The value found there, ready to print. A secret is never shown, only what kind of value it is. */
  readonly found?: string
  /** The values allowed there, ready to print. */
  readonly allowed?: readonly string[]
  /** The nearest of `allowed`. */
  readonly suggestion?: string
  readonly severity: 'error' | 'warning'
}

export type ConfigErrorCode = 'config-invalid' | 'config-not-found' | 'config-unreadable'

/** The gateway does not start with this configuration. `problems` is empty where no file could be read. */
export class ConfigError extends MoltbotError {
  override readonly name: string = 'ConfigError'
  readonly problems: readonly ConfigProblem[]

  constructor(code: ConfigErrorCode, message: string, problems: readonly ConfigProblem[] = []) {
    super(code, message)
    this.problems = problems
  }
}

/** An error whose message is its problems, one a line. */
export function invalidConfig(problems: readonly ConfigProblem[]): ConfigError {
  return new ConfigError('config-invalid', problems.map(formatProblem).join('\n'), problems)
}

/** `file:line:column: path: what is wrong, found …; did you mean …? Allowed: …`, always one line. */
export function formatProblem(problem: ConfigProblem): string {
  return describeProblem(problem, problem.severity === 'warning' ? 'warning: ' : '')
}

/** As `formatProblem`, for a list of problems of one kind. */
export function describeProblem(problem: ConfigProblem, kind = ''): string {
  const { file, line, column, path, message, found, allowed, suggestion } = problem
  const text = [
    `${file}:${line}:${column}: `,
    kind,
    path === '' ? '' : `${path}: `,
    message,
    found === undefined ? '' : `, found ${found}`,
    hintOf(allowed?.join(', ') || (allowed && 'nothing'), suggestion),
  ]
  return text.join('').replaceAll(unprintable, escaped)
}

/** The guess comes first: the list may be long. */
function hintOf(allowed: string | undefined, suggestion: string | undefined): string {
  if (allowed === undefined) return suggestion === undefined ? '' : `; did you mean ${suggestion}?`
  if (suggestion === undefined) return `; allowed: ${allowed}`
  return `; did you mean ${suggestion}? Allowed: ${allowed}`
}

/** Would break the line, or steer the terminal. */
const unprintable = /\p{Cc}|\u2028|\u2029/gu

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
