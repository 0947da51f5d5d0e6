/**
 * The help of every command, and the messages of commander, in the language of their reader.
 */

import type { Command, Option } from 'commander'
import stringWidth from 'string-width'
import type { Speech } from '../language/speech.ts'
import { complain } from './failure.ts'

/** @returns `program`; the commands that are added to it afterwards take its settings */
export function helpIn(speech: Speech, program: Command): Command {
  const { say, translate } = speech
  return program
    .helpOption('-h, --help', say('show this help'))
    .helpCommand('help [command]', say('show the help of a command'))
    .configureOutput({ outputError: (text) => complain(translate(text.trimEnd())) })
    .configureHelp({
      showGlobalOptions: true,
      displayWidth: (text) => stringWidth(text),
      styleTitle: translate,
      styleUsage: (text) => translatedNames(text, speech),
      styleOptionTerm: (text) => translatedNames(text, speech),
      styleSubcommandTerm: (text) => translatedNames(text, speech),
      optionDescription: (option) => describeOption(option, speech),
      visibleArguments: () => [], // The usage names them, and no description says more.
    })
}

/** `<file>`, `[command]`: names of what is to be put there. */
const placeName = /[<[](\w+)(?:\.\.\.)?[>\]]/g

function translatedNames(text: string, { translate }: Speech): string {
  return text.replaceAll(placeName, (whole, name: string) =>
    whole.replace(name, () => translate(`<${name}>`).slice(1, -1)),
  )
}

function describeOption({ description: text, argChoices, defaultValue }: Option, { say }: Speech): string {
  const choices = argChoices?.join(', ')
  const value = defaultValue === undefined || defaultValue === '' ? undefined : String(defaultValue)
  if (choices === undefined)
    return value === undefined ? text : say('{text} (default: {value})', { text, value })
  return value === undefined
    ? say('{text} (one of {choices})', { text, choices })
    : say('{text} (one of {choices}; default: {value})', { text, choices, value })
}
