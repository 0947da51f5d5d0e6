/**
 * Removes what a chat cannot show from a text: terminal colours that models and tools copy from logs, and control characters,
 * which some backends refuse and others cut a message at.
 */

import { stripVTControlCharacters } from 'node:util'

const suspicious = /[^\P{Control}\n\t]|\p{Surrogate}/u
const lineBreak = /\r\n?|[\v\f\u0085]/g
const control = /[^\P{Control}\n\t]/gu

/** The text with no control characters but newline and tab, and no half characters. */
export function sendable(text: string): string {
  if (!suspicious.test(text)) return text
  return stripVTControlCharacters(text).replaceAll(lineBreak, '\n').replaceAll(control, '').toWellFormed()
}
