/**
 * Text of strangers on the operator's terminal.
 */

/** Without control characters and direction marks, which could drive the terminal or hide what a line says. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
}
