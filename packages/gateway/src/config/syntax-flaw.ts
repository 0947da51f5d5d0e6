/**
 * What is wrong with a text that is not JSON5, in words for people: the parser only names the token that it did not
 * expect. Most such files miss a comma or their end, or have punctuation of a Chinese input method.
 */

import { type Token, tokenize } from '@humanwhocodes/momoa'
import { brokenEscape, withEnd } from './backslashes.ts'

export interface SyntaxFlaw {
  readonly line: number
  readonly column: number
  readonly message: string
}

type Place = Omit<SyntaxFlaw, 'message'>

/** @param error what momoa threw for `text`: it has `line`, `column` and `offset`. Undefined: an error of another kind. */
export function syntaxFlaw(error: unknown, text: string): SyntaxFlaw | undefined {
  if (!(error instanceof Error && 'line' in error && 'column' in error && 'offset' in error)) return undefined
  const at = { line: Number(error.line), column: Number(error.column) }
  const offset = Number(error.offset)
  const before = tokensOf(text.slice(0, offset))
  const rest = text.slice(offset)
  const broken = brokenEscape(text.slice(0, offset)) ?? brokenEscape(text.slice(0, offset + 1))
  return (
    (broken === undefined ? undefined : { ...at, message: broken }) ??
    openString(before) ??
    foreignCharacter(rest, at) ??
    missingBetween(before, rest) ??
    missingEnd(error, before, rest, text) ?? { ...at, message: plainMessage(error) }
  )
}

/** Without comments; none where the text breaks off within a token. */
function tokensOf(text: string): Token[] {
  try {
    return tokenize(withEnd(text), { mode: 'json5' }).filter(({ type }) => !type.endsWith('Comment'))
  } catch {
    return []
  }
}

/** What input methods and word processors write for JSON5's punctuation, beyond Unicode's own full-width forms. */
const typographic: Readonly<Record<string, string>> = {
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '、': ',',
  '；': ',',
  '【': '[',
  '】': ']',
}

function foreignCharacter(rest: string, at: Place): SyntaxFlaw | undefined {
  const found = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  const meant = typographic[found] ?? found.normalize('NFKC')
  if (meant === found || !'{}[]:,"\'/.+-'.includes(meant)) return undefined
  return {
    ...at,
    message: `the character ${found} is not the one that JSON5 uses; write ${meant} with an English keyboard`,
  }
}

const openers: Readonly<Record<string, string>> = { LBrace: 'RBrace', LBracket: 'RBracket' }
const closers: ReadonlySet<string> = new Set(Object.values(openers))
/** The parser lets a string go on over several lines; where the file is wrong, its quote is what is missing. */
function openString(before: readonly Token[]): SyntaxFlaw | undefined {
  const open = before.find(({ type, loc }) => type === 'String' && loc.start.line !== loc.end.line)
  if (open === undefined) return undefined
  const message = 'the string that begins here does not end on its line; its closing quote is missing'
  return { line: open.loc.start.line, column: open.loc.start.column, message }
}

const scalarTypes: ReadonlySet<string> = new Set(['String', 'Number', 'Boolean', 'Null', 'Identifier'])
const beginsValue = /^["'{[\w$.+\-\p{L}]/u

/** A comma or a colon: two values, or a key and a value, meet. */
function missingBetween(before: readonly Token[], rest: string): SyntaxFlaw | undefined {
  const end = before.at(-1)
  const container = openAt(before).at(-1)
  if (!end || container === undefined || !beginsValue.test(rest)) return undefined
  const isScalar = scalarTypes.has(end.type)
  if (!isScalar && !closers.has(end.type)) return undefined
  const isKey = container === 'LBrace' && isScalar && before.at(-2)?.type !== 'Colon'
  const { line, column } = end.loc.end
  return { line, column, message: isKey ? 'a colon is missing here' : 'a comma is missing here' }
}

/** Where the text breaks off, the parser names its last token, or its end at a place that is not the end. */
function missingEnd(
  error: Error,
  before: readonly Token[],
  rest: string,
  text: string,
): SyntaxFlaw | undefined {
  if (tokensOf(text).length === 0 && text.trim() === '')
    return { line: 1, column: 1, message: 'the file is empty; a configuration is at least {}' }
  const [last, ...more] = tokensOf(rest)
  const isOpen = last !== undefined && !closers.has(last.type) && openAt([...before, last]).length > 0
  if (!error.message.startsWith('Unexpected end of input') && (more.length > 0 || !isOpen)) return undefined
  const lines = text.trimEnd().split('\n')
  return {
    line: lines.length,
    column: (lines.at(-1)?.length ?? 0) + 1,
    message: 'the file ends too early; a closing brace, bracket or quote is missing',
  }
}

/** The braces and brackets that are open after `tokens`, the innermost last. */
function openAt(tokens: readonly Token[]): string[] {
  const open: string[] = []
  for (const { type } of tokens) {
    if (openers[type] !== undefined) open.push(type)
    else if (closers.has(type)) open.pop()
  }
  return open
}

const tokenNames: Readonly<Record<string, string>> = {
  LBrace: '"{"',
  RBrace: '"}"',
  LBracket: '"["',
  RBracket: '"]"',
  Colon: '":"',
  Comma: '","',
  Identifier: 'word',
}

/** Momoa's errors name the place in the message too. */
function plainMessage(error: Error): string {
  return error.message
    .replace(/ \(\d+:\d+\)$/, '')
    .replace(/token (\w+)/, (whole, name: string) => tokenNames[name] ?? whole)
    .replace(/^./, (first) => first.toLowerCase())
}
