/**
 * Questions at a terminal. Everything of the library that draws them is here.
 */

import type { CANCEL_SYMBOL } from '@clack/prompts'
import { MoltbotError } from '@moltbot/channel-sdk'
import { columns } from '../cli/columns.ts'
import { wrapped } from '../fold.ts'
import { printable } from '../printable.ts'

export interface Choice<Value extends string = string> {
  readonly value: Value
  readonly label: string
  /** Shown beside it. */
  readonly hint?: string
}

/** What is wrong with what was typed; undefined where nothing is. */
export type Check = (text: string) => string | undefined

export interface Prompter {
  /** With many choices, typing narrows them down. */
  select<Value extends string>(
    question: string,
    choices: readonly Choice<Value>[],
    initial?: Value,
  ): Promise<Value>
  text(question: string, options: { readonly initial?: string; readonly check: Check }): Promise<string>
  /** What is typed is not shown. */
  secret(question: string, check: Check): Promise<string>
  confirm(question: string, initial: boolean): Promise<boolean>
  /** A remark between two questions. */
  note(text: string): void
  warn(text: string): void
}

/** The line that the library draws at the left. */
const guideWidth = 3
/** With more choices than this, one types to find. */
const maxListed = 20
const maxFound = 10

export interface PrompterTexts {
  /** Columns of the terminal. */
  readonly width: number
  readonly yes: string
  readonly no: string
  /** How to find one of many choices. */
  readonly typeToFind: string
  /** What is said when a question is cancelled. */
  readonly nothingWritten: string
}

/** @throws `cancelled`, from each question that Ctrl-C or Escape ends */
export async function terminalPrompter({
  width,
  yes,
  no,
  typeToFind,
  nothingWritten,
}: PrompterTexts): Promise<Prompter> {
  const { autocomplete, confirm, isCancel, log, password, select, text } = await import('@clack/prompts')
  const answered = async <Value>(asked: Promise<Value | typeof CANCEL_SYMBOL>): Promise<Value> => {
    const answer = await asked
    if (isCancel(answer)) throw new MoltbotError('cancelled', nothingWritten)
    return answer
  }
  const checked = (check: Check) => (value: string | undefined) => check((value ?? '').trim())
  const folded = (text: string) =>
    text
      .split('\n')
      .flatMap((line) => wrapped(printable(line), '', width - guideWidth))
      .join('\n')
  return {
    select: async (message, choices, initial) => {
      const labels = columns(choices.map(({ label, hint = '' }) => [printable(label), hint]))
      const options = choices.map(({ value }, index) => ({
        value: String(value),
        label: labels[index] ?? value,
      }))
      const first = initial === undefined ? {} : { initialValue: String(initial) }
      const few = { message, options, showInstructions: false, ...first }
      const many = { message, options, placeholder: typeToFind, maxItems: maxFound, ...first }
      const picked = await answered(
        choices.length <= maxListed ? select<string>(few) : autocomplete<string>(many),
      )
      const choice = choices.find(({ value }) => value === picked)
      if (choice === undefined) throw new MoltbotError('cancelled', nothingWritten)
      return choice.value
    },
    text: async (message, { initial, check }) => {
      const first = initial === undefined ? {} : { initialValue: initial }
      return (await answered(text({ message, validate: checked(check), ...first }))).trim()
    },
    secret: async (message, check) =>
      (await answered(password({ message, validate: checked(check) }))).trim(),
    confirm: (message, initialValue) =>
      answered(confirm({ message, initialValue, active: yes, inactive: no })),
    note: (text) => log.message(folded(text)),
    warn: (text) => log.warn(folded(text)),
  }
}
