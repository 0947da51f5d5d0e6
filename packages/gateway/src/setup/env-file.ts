/**
 * Keys go into `.env` beside the configuration, mode 0600, and what else is in that file stays as it is.
 */

import { isDeepStrictEqual, parseEnv } from 'node:util'
import { MoltbotError } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'

/**
 * The text of an `.env` file with these variables set; each is replaced where it is, or added at the end.
 * @throws `value-unwritable` for a value that no quotes can hold
 */
export function withVariables(text: string, variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables).reduce((before, [name, value]) => withVariable(before, name, value), text)
}

function withVariable(text: string, name: string, value: string): string {
  const expected = { ...parseEnv(text), [name]: value }
  const lines = ['', "'", '"', '`'].map((quote) => `${name}=${quote}${value}${quote}`)
  const texts = lines.flatMap((line) => [replaced(text, name, line), added(text, line)])
  const result = texts.find((one) => one !== undefined && isDeepStrictEqual({ ...parseEnv(one) }, expected))
  if (result !== undefined) return result
  const template =
    'the value of {name} cannot be written into an .env file; set the variable where the gateway starts'
  throw new MoltbotError('value-unwritable', english(template, { name }))
}

/** Undefined where it is not set on a line of its own. A line inside of quotes may look like it. */
function replaced(text: string, name: string, line: string): string | undefined {
  const assignment = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=.*$`, 'm')
  return assignment.test(text) ? text.replace(assignment, () => line) : undefined
}

function added(text: string, line: string): string {
  return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${line}\n`
}
