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
