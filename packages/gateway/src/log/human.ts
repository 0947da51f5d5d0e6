/**
 * Log lines for people at a terminal: time, level, sentence, the fields that matter.
 * pino-pretty does more than this with fourteen packages of its own; these few lines need none.
 */

import { styleText } from 'node:util'
import { localTime } from '@moltbot/channel-sdk'
import { printable } from '../printable.ts'

type Colour = 'red' | 'yellow' | 'green' | 'dim'

const levelLook: Readonly<Record<string, { label: string; colour: Colour }>> = {
  debug: { label: 'debug', colour: 'dim' },
  info: { label: 'info ', colour: 'green' },
  warn: { label: 'warn ', colour: 'yellow' },
  error: { label: 'error', colour: 'red' },
}

/** Contained in the sentence, or drawn below it. */
const hiddenFields = new Set(['time', 'level', 'msg', 'event', 'terminal', 'err'])

/**
 * One JSON log line as text with a line feed. A field `terminal` is a drawing and follows the line as it is;
 * of an error (`err`) the message is shown, its stack is for the JSON format.
 */
export function humanLine(json: string, colours: boolean): string {
  const line: Record<string, unknown> = JSON.parse(json)
  const paint = (colour: Colour, text: string) =>
    colours ? styleText(colour, text, { validateStream: false }) : text
  const look = levelLook[String(line.level)] ?? { label: String(line.level), colour: 'dim' }
  const fields = [...plainFields(line), ...errorText(line.err)].join(' ')
  const parts = [
    paint('dim', localTime(Date.parse(String(line.time)))),
    paint(look.colour, look.label),
    printable(String(line.msg ?? '')),
    ...(fields === '' ? [] : [paint('dim', fields)]),
  ]
  const drawing = typeof line.terminal === 'string' ? `${line.terminal}\n` : ''
  return `${parts.join(' ')}\n${drawing}`
}

function plainFields(line: Record<string, unknown>): string[] {
  return Object.entries(line)
    .filter(([key]) => !hiddenFields.has(key))
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
