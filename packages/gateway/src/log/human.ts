/**
 * Log lines for people at a terminal: time, level, sentence, the fields that matter.
 * pino-pretty does more than this with fourteen packages of its own; these few lines need none.
 */

import { styleText } from 'node:util'
import { localTime } from '@moltbot/channel-sdk'
import { fitted, wrapped } from '../fold.ts'
import type { Speech } from '../language/speech.ts'
import { printable } from '../printable.ts'
import { guide, type LogLine } from './guidance.ts'

type Colour = 'red' | 'yellow' | 'green' | 'dim'

const levelLook: Readonly<Record<string, { label: string; colour: Colour }>> = {
  debug: { label: 'debug', colour: 'dim' },
  info: { label: 'info ', colour: 'green' },
  warn: { label: 'warn ', colour: 'yellow' },
  error: { label: 'error', colour: 'red' },
}

/** Contained in the sentence, drawn below it, or of use only to programs, which read the JSON. */
const hiddenFields = new Set([
  'time',
  'level',
  'msg',
  'event',
  'terminal',
  'err',
  'channel',
  'accountId',
  'messageId',
  'turnId',
])
/** Of a line about an account's state, whose sentence says them. */
const stateFields = new Set(['state', 'reason', 'nextAction'])

export interface HumanOptions {
  readonly colours: boolean
  /** Columns of the terminal; infinite where there is none. */
  readonly width: number
  /** false: no step follows a line, because the lines are of the past. */
  readonly guidance?: false
  /** Of the person who reads along. */
  readonly speech: Pick<Speech, 'say'>
}

/**
 * @returns makes one JSON log line a text with a line feed. A field `terminal` is a drawing and follows the line as it is;
 * of an error (`err`) the message is shown, its stack is for the JSON format.
 */
export function humanLines({ colours, width, speech, guidance }: HumanOptions): (json: string) => string {
  const nextStep = guidance === false ? () => undefined : guide(speech)
  const paint = (colour: Colour, text: string) =>
    colours ? styleText(colour, text, { validateStream: false }) : text
  return (json) => {
    const line: LogLine = JSON.parse(json)
    const look = levelLook[String(line.level)] ?? { label: String(line.level), colour: 'dim' }
    const fields = [...placeOf(line), ...plainFields(line), ...errorText(line.err)].join(' ')
    const parts = [
      paint('dim', localTime(Date.parse(String(line.time)))),
      paint(look.colour, look.label),
      printable(sentenceOf(line)),
      ...(fields === '' ? [] : [paint('dim', fields)]),
    ]
    const drawing = typeof line.terminal === 'string' ? [line.terminal] : []
    const step = nextStep(line)
    const steps = step === undefined ? [] : fitted(`  ${printable(step)}`, width)
    return [...wrapped(parts.join(' '), '  ', width), ...drawing, ...steps]
      .map((text) => `${text}\n`)
      .join('')
  }
}

/** A line in two parts for a page that shows the rest of it beside them. */
export function describeLine(line: LogLine): { message: string; details: string } {
  return {
    message: printable(sentenceOf(line)),
    details: [...plainFields(line), ...errorText(line.err)].join(' '),
  }
}

function sentenceOf({ event, msg = '', reason }: LogLine): string {
  return event === 'account.state' ? `${msg}: ${reason}` : String(msg)
}

function placeOf({ channel, accountId }: LogLine): string[] {
  if (accountId === undefined) return channel === undefined ? [] : [`channel=${fieldText(channel)}`]
  return [`account=${channel === undefined ? '' : `${fieldText(channel)}/`}${fieldText(accountId)}`]
}

function plainFields(line: LogLine): string[] {
  const isShown = (key: string) =>
    !hiddenFields.has(key) && !(line.event === 'account.state' && stateFields.has(key))
  return Object.entries(line)
    .filter(([key, value]) => isShown(key) && !(key === 'conversation' && value === line.sender))
    .map(([key, value]) => `${printable(key)}=${fieldText(value)}`)
}

function fieldText(value: unknown): string {
  if (typeof value !== 'string') return printable(JSON.stringify(value))
  return /^[^\s"=]+$/.test(value) ? printable(value) : JSON.stringify(printable(value))
}

function errorText(error: unknown): string[] {
  if (typeof error !== 'object' || error === null || !('message' in error)) return []
  return [`error=${JSON.stringify(printable(String(error.message)))}`]
}
