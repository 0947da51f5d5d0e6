/**
 * Mention patterns: regular expressions that the owner of the configuration writes and strangers' messages are tried
 * on. They are JavaScript's to whoever writes them, but RE2 matches them, whose time grows with the text and no
 * faster: no pattern lets a message keep the gateway busy.
 */

import { RE2JS, RE2JSException } from 're2js'
import { z } from 'zod'
import { maxPatternLength, maxPatternSize, maxPatterns } from './limits.ts'

/** Unicode mode, which also refuses stray escapes; case never matters in a mention. */
const flags = 'iu'
/** Mentions that a pattern cuts from one message; each costs a search of its own. */
const maxCuts = 20

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
    'Regular expressions (JavaScript, unicode mode, case ignored, without lookaround and backreferences) that count as a mention of the bot in a group, beside "@" and its name.',
  )

/** Patterns that passed the schema. Compiled when the first text is tried: most groups never see one. */
export class MentionPatterns {
  readonly sources: readonly string[]
  #each: readonly RE2JS[] | undefined
  /** All as one, which costs little more than one of them. */
  #any: RE2JS | undefined

  constructor(sources: readonly string[]) {
    this.sources = sources
  }

  /** The first of them that matches somewhere in the text, as it was written. */
  find(text: string): string | undefined {
    const index = this.#matches(text) ? this.#compiled().findIndex((pattern) => pattern.test(text)) : -1
    return this.sources[index]
  }

  /** The text without what begins with `@` and matches, and the white space behind that. */
  cutCalls(text: string): string {
    return this.#matches(text) ? this.#compiled().reduce(cutCallsOf, text) : text
  }

  #matches(text: string): boolean {
    if (this.sources.length === 0) return false
    this.#any ??= compile(this.sources.map((source) => `(?:${translate(source)})`).join('|'))
    return this.#any.test(text)
  }

  #compiled(): readonly RE2JS[] {
    this.#each ??= this.sources.map((source) => compile(translate(source)))
    return this.#each
  }
}

function cutCallsOf(text: string, pattern: RE2JS): string {
  if (!pattern.test(text)) return text
  const matcher = pattern.matcher(text)
  let kept = ''
  let from = 0
  let at = text.indexOf('@')
  for (let cuts = 0; at >= 0 && cuts < maxCuts && matcher.find(at); cuts++) {
    const start = matcher.start()
    if (start === at) {
      kept += text.slice(from, at)
      from = matcher.end() + leadingSpace(text.slice(matcher.end()))
    }
    at = text.indexOf('@', Math.max(start, from, at + 1))
  }
  return kept + text.slice(from)
}

function leadingSpace(text: string): number {
  return text.length - text.trimStart().length
}

function patternFlaw(source: string): string | undefined {
  try {
    new RegExp(source, flags)
    const size = compile(translate(source)).programSize()
    return size > maxPatternSize ? 'repeats too much; write it shorter' : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    if (!(error instanceof RE2JSException)) throw error
    return `no lookaround, backreferences and large repeats here, so that no message can keep the gateway busy: ${error.message}`
  }
}

/** What a valid pattern probably should not do; nothing if it looks harmless. */
export function patternTrap(source: string): string | undefined {
  return new MentionPatterns([source]).find('') === undefined
    ? undefined
    : 'matches every message, so no mention is needed'
}

function compile(translated: string): RE2JS {
  return RE2JS.compile(translated, RE2JS.CASE_INSENSITIVE)
}

/** An escaped surrogate pair or code point, a script, any other escape, a bracket, the name of a group. */
const pieces =
  /\\u(?<high>d[89ab][\da-f]{2})\\u(?<low>d[c-f][\da-f]{2})|\\u\{(?<code>[\da-f]+)\}|\\u(?<unit>[\da-f]{4})|\\(?<p>p)\{(?:Script|sc)=(?<script>\w+)\}|\\.|[[\]]|\(\?<\w+>/gisu
/** Unicode's, as in JavaScript: WeChat puts U+2005 behind a mention. */
const spaces = String.raw`\s\v\p{Z}`

/** From JavaScript's spelling to RE2's. */
function translate(source: string): string {
  let inClass = false
  let to = ''
  let from = 0
  for (const { 0: piece, index, groups } of source.matchAll(pieces)) {
    if (piece === '[' || piece === ']') inClass = piece === '['
    to += source.slice(from, index) + translatePiece(piece, groups ?? {}, inClass)
    from = index + piece.length
  }
  return to + source.slice(from)
}

function translatePiece(
  piece: string,
  { high, low, unit, code = unit, p, script }: Readonly<Record<string, string | undefined>>,
  inClass: boolean,
): string {
  if (high !== undefined && low !== undefined) {
    return String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16))
  }
  if (code !== undefined) return `\\x{${code}}`
  if (script !== undefined) return `\\${p}{${script}}`
  if (piece === '\\s') return inClass ? spaces : `[${spaces}]`
  if (piece === '\\S' && !inClass) return `[^${spaces}]`
  return piece.startsWith('(?<') ? '(?:' : piece
}
