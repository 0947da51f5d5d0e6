/**
 * The answer of a command: as it came for scripts, or lines for people, in their language.
 */

import { fitted } from '../fold.ts'
import type { Speech } from '../language/speech.ts'
import { printable } from '../printable.ts'
import { withOwnCommand } from './own-command.ts'

/** Where a command writes, and the language of those who read it. */
export interface Output extends Speech {
  readonly write: (text: string) => void
  /** Columns that a line may take; infinite where no terminal shows it. */
  readonly width: number
}

/** @param command see `ownCommand` */
export function outputIn(
  speech: Speech,
  command: string,
  write: Output['write'],
  width = Number.POSITIVE_INFINITY,
): Output {
  return {
    write,
    width,
    say: (template, ...values) => withOwnCommand(speech.say(template, ...values), command),
    translate: (text) => withOwnCommand(speech.translate(text), command),
  }
}

/** @param lines is called only where a person reads */
export function show(
  output: Pick<Output, 'write' | 'width'>,
  json: boolean | undefined,
  answer: unknown,
  lines: () => string[],
): void {
  if (json) output.write(`${JSON.stringify(answer, null, 2)}\n`)
  else print(output, ...lines())
}

/** Lines for people, folded where they are wider than their terminal. */
export function print({ write, width }: Pick<Output, 'write' | 'width'>, ...lines: readonly string[]): void {
  write(`${lines.flatMap((line) => fitted(printable(line), width)).join('\n')}\n`)
}
