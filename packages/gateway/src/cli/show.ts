/**
 * The answer of a command: as it came for scripts, or lines for people.
 */

import { printable } from '../printable.ts'

export type Output = (text: string) => void

export const stdout: Output = (text) => {
  process.stdout.write(text)
}

/** @param lines is asked only where a person reads */
export function show(write: Output, json: true | undefined, answer: unknown, lines: () => string[]): void {
  const text = json ? [JSON.stringify(answer, null, 2)] : lines().map(printable)
  write(`${text.join('\n')}\n`)
}
