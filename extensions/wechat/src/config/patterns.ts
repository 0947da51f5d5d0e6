/**
 * Mention patterns: regular expressions from the configuration that are matched against messages of strangers. They are
 * written in JavaScript's syntax, but RE2 matches them in time linear in the text, so that no message can keep the
 * gateway busy.
 */

import { RE2JS, RE2JSException } from 're2js'
import { z } from 'zod'
import { maxPatternLength, maxPatternSize, maxPatterns } from './defaults.ts'

/** Unicode mode also rejects invalid escapes. A mention matches regardless of case. */
const flags = 'iu'
/** The most mentions that a pattern removes from one message, because each needs another search. */
const maxCuts = 20

const patternSchema = z
  .string()
  .min(1)
  .max(maxPatternLength)
  .superRefine((written, context) => {
    const flaw = patternFlaw(sourceOf(written))
    if (flaw !== undefined) context.addIssue(flaw)
  })

export const mentionPatternsSchema = z
  .array(patternSchema)
  .max(maxPatterns)
  .describe(
    'Regular expressions (JavaScript, unicode mode, case ignored, without lookaround and backreferences) that count as a mention of the bot in a group, in addition to "@" and its name.',
  )

/** Patterns that passed the schema. They are compiled on first use, because most groups never need them. */
export class MentionPatterns {
  readonly sources: readonly string[]
  #each: readonly RE2JS[] | undefined
  /** All patterns as one alternation, which costs little more than a single pattern. */
  #any: RE2JS | undefined

  /** @param written as in the configuration */
  constructor(written: readonly string[]) {
    this.sources = written.map(sourceOf)
  }

  /** Returns the source of the first pattern that matches anywhere in the text. */
  find(text: string): string | undefined {
    const index = this.#matches(text) ? this.#compiled().findIndex((pattern) => pattern.test(text)) : -1
    return this.sources[index]
  }

  /** Removes every match that begins with `@`, and the white space after it. */
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

/** A pattern that is written as a literal of JavaScript, with flags that change nothing here. */
const literal = /^\/(?<source>.+)\/[dgiuv]*$/su
/** The same with other flags. */
const otherFlags = /^\/.+\/(?<flags>[dgimsuvy]{1,8})$/su
/** Messages are searched without these. A pattern with one would never match. */
const invisibles = /\p{Default_Ignorable_Code_Point}+/gu

function sourceOf(written: string): string {
  const visible = written.replaceAll(invisibles, '')
  return literal.exec(visible)?.groups?.source ?? visible
}

function patternFlaw(source: string): string | undefined {
  if (source === '') return 'the pattern is empty'
  const written = otherFlags.exec(source)?.groups?.flags
  if (written !== undefined)
    return `the flags "${written}" are not supported; write the pattern without slashes`
  try {
    new RegExp(source, flags)
    const size = compile(translate(source)).programSize()
    return size > maxPatternSize ? 'the pattern repeats too much; write a shorter one' : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    if (!(error instanceof RE2JSException)) throw error
    return `lookaround, backreferences and large repeats are not supported, so that no message can keep the gateway busy: ${error.message}`
  }
}

/** A warning about a valid pattern that its author probably did not intend. */
export function patternWarning(written: string): string | undefined {
  const source = sourceOf(written)
  if (new MentionPatterns([written]).find('') !== undefined)
    return 'the pattern matches every message, so every message counts as a mention'
  return literal.test(written)
    ? `slashes and flags around a pattern are ignored, and case never matters; write "${source}"`
    : undefined
}

function compile(translated: string): RE2JS {
  return RE2JS.compile(translated, RE2JS.CASE_INSENSITIVE)
}

/** The parts that JavaScript and RE2 write differently: escapes, scripts, brackets and named groups. */
const pieces =
  /\\u(?<high>d[89ab][\da-f]{2})\\u(?<low>d[c-f][\da-f]{2})|\\u\{(?<code>[\da-f]+)\}|\\u(?<unit>[\da-f]{4})|\\(?<p>p)\{(?:Script|sc)=(?<script>\w+)\}|\\.|[[\]]|\(\?<\w+>/gisu
/** Unicode white space, as in JavaScript: WeChat puts U+2005 after a mention. */
const spaces = String.raw`\s\v\p{Z}`

/** Translates JavaScript's syntax to RE2's. */
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
