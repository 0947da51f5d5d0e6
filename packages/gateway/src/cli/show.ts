/**
 * The answer of a command: as it came for scripts, or lines for people, in their language.
 */

import type { Speech } from '../language/speech.ts'
import { printable } from '../printable.ts'
import { withOwnCommand } from './own-command.ts'

/** Where a command writes, and the language of those who read it. */
export interface Output extends Speech {
  readonly write: (text: string) => void
}

/** @param command see `ownCommand` */
export function outputIn(speech: Speech, command: string, write: Output['write']): Output {
  return {
    write,
    say: (template, ...values) => withOwnCommand(speech.say(template, ...values), command),
    translate: (text) => withOwnCommand(speech.translate(text), command),
  }
}

/** @param lines is called only where a person reads */
export function show(
  { write }: Pick<Output, 'write'>,
  json: boolean | undefined,
  answer: unknown,
  lines: () => string[],
): void {
  const text = json ? [JSON.stringify(answer, null, 2)] : lines().map(printable)
  write(`${text.join('\n')}\n`)
}
