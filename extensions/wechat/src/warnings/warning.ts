/**
 * Traps that show only once the backend or the agent's tools are known. `doctor` and start-up report them; what the
 * configuration alone betrays is in `config/warnings.ts`.
 */

export interface PolicyWarning {
  /** From the account; ids in it as resolved. */
  readonly path: readonly string[]
  readonly message: string
}

const maxNamed = 5

/** A few of them, quoted, and how many more there are. */
export function named(entries: readonly string[]): string {
  const first = entries.slice(0, maxNamed).map((entry) => `"${entry}"`)
  const more = entries.length - first.length
  return first.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
