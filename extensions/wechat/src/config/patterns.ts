/**
 * Mention patterns: regular expressions that the owner of the configuration writes, checked when it is loaded.
 */

import { z } from 'zod'
import { maxPatternLength, maxPatterns } from './limits.ts'

/** Unicode mode, which also refuses stray escapes; case never matters in a mention. */
const flags = 'iu'

const patternSchema = z
  .string()
  .min(1)
  .max(maxPatternLength)
  .superRefine((source, context) => {
    const flaw = patternFlaw(source)
    if (flaw !== undefined) context.addIssue(flaw)
  })

export const mentionPatternsSchema = z
  .array(patternSchema)
  .max(maxPatterns)
  .describe(
    'Regular expressions (JavaScript, unicode mode, case ignored) that count as a mention of the bot in a group, beside "@" and its name.',
  )

/** Patterns that passed the schema, ready to match. */
export function compilePatterns(sources: readonly string[]): RegExp[] {
  return sources.map((source) => new RegExp(source, flags))
}

function patternFlaw(source: string): string | undefined {
  try {
    new RegExp(source, flags)
    return undefined
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return error.message
  }
}

/**
 * What a valid pattern probably should not do; nothing if it looks harmless. A loop in a loop is found, such as
 * `(\w+\s?)+`: on a text that nearly matches it tries every way to share the text out. Two branches of one loop that
 * match the same are not found.
 */
export function patternTrap(source: string): string | undefined {
  if (new RegExp(source, flags).test('')) return 'matches every message, so no mention is needed'
  return loopsInLoop(source)
    ? 'repeats what repeats already; a message made for it could keep the gateway busy for hours'
    : undefined
}

/** A pattern piece by piece: an escape, a class, `{n,}`, or one character. */
const pieces = /\\.|\[(?:\\.|[^\]\\])*\]|\{\d+,\}|./gsu

function loopsInLoop(source: string): boolean {
  /** For each open group, whether something in it repeats. */
  const groups = [false]
  let closed = false
  for (const [piece] of source.matchAll(pieces)) {
    const repeats = /^(?:[*+]|\{.+)$/u.test(piece)
    if (repeats && closed) return true
    closed = piece === ')' && (groups.pop() ?? false)
    if (piece === '(') groups.push(false)
    else if (repeats || closed) groups[groups.length - 1] = true
  }
  return false
}
