/**
 * The rules of the two renderings: readable plain text for puppets that show no Markdown, and the subset of Markdown that
 * iLink's client shows. The client shows fences, inline code, tables, rules, bold, headings to level 4, quotes, lists and
 * links. These stay exactly as written. Emphasis stays too, except around Chinese, Japanese or Korean text, where
 * Tencent's own plugin removes its markers.
 */

import { decodeString } from 'micromark-util-decode-string'
import { type Draft, type Link, type Rules, rangeOf } from './draft.ts'
import { isLiteral } from './flanking.ts'
import { eastAsian } from './markup.ts'
import { TableDraft } from './table.ts'
import type { Token } from './tokens.ts'

const bullet = '•'

type TokenRules = Rules['tokens']

const remove = (token: Token, draft: Draft) => draft.remove(token)

const tokenRules: TokenRules = {
  atxHeading: bareHeading,
  setextHeadingLine: removeUnderline,
  emphasis: (token, draft) => bareEmphasis(token, draft, 1),
  strong: (token, draft) => bareEmphasis(token, draft, 2),
  codeTextSequence: remove,
  codeTextPadding: removeSpace,
  codeTextData: unescapePipes,
  codeFencedFence: removeFence,
  listItemMarker: writeBullet,
  escapeMarker: remove,
  characterReference: (token, draft) => draft.replace(rangeOf(token), decodeString(draft.textOf(token))),
  hardBreakEscape: remove,
  hardBreakTrailing: remove,
  autolinkMarker: remove,
  htmlText: replaceBreakTag,
  htmlFlow: replaceBreakTag,
}

/** The rules for plain text. Each section needs its own. */
export function plainRules(): Rules {
  return { link: writePlainLink, tokens: { ...tokenRules, ...tableRules() }, bullet, deepestHeading: 0 }
}

function tableRules(): TokenRules {
  const table = new TableDraft()
  return {
    tableContent: (token, draft) => table.endContent(token, draft),
    tableHeader: () => table.endCell(),
    tableData: () => table.endCell(),
    tableRow: (token) => table.endRow(token),
    tableDelimiterRow: (token, draft) => table.endDelimiterRow(token, draft),
    table: (_, draft) => table.end(draft),
  }
}

/** Writes `text (url)`, or only one of them if the other adds nothing. */
function writePlainLink({ range, label, target, isNested }: Link, draft: Draft): void {
  const text = draft.source.slice(label.start, label.end)
  draft.replace({ start: range.start, end: label.start }, '')
  draft.replace({ start: label.end, end: range.end }, isNested ? '' : afterLabel(text.trim(), target.url))
}

function afterLabel(label: string, url: string): string {
  const saysNothing = url === '' || url.startsWith('#') || url.startsWith('data:')
  if (saysNothing || url === label || url === `mailto:${label}`) return ''
  return label === '' ? url : ` (${url})`
}

/** Removes the markers, unless they are part of what is said. */
function bareEmphasis(token: Token, draft: Draft, markerLength: number): void {
  const { start, end } = rangeOf(token)
  if (isLiteral(draft.source, start, end, markerLength)) return
  draft.replace({ start, end: start + markerLength }, '')
  draft.replace({ start: end - markerLength, end }, '')
}

function writeBullet(token: Token, draft: Draft): void {
  if (/^[-+*]$/.test(draft.textOf(token))) draft.replace(rangeOf(token), bullet)
}

/** Removes the space around inline code. A newline is kept. */
function removeSpace(padding: Token, draft: Draft): void {
  if (draft.textOf(padding) === ' ') draft.remove(padding)
}

/** In a table, a `|` in code is escaped. */
function unescapePipes(token: Token, draft: Draft): void {
  if (draft.isIn('tableContent')) draft.replace(rangeOf(token), draft.textOf(token).replaceAll('\\|', '|'))
}

/** Removes the line of a fence, except for a list marker before it. The code is not changed. */
function removeFence(fence: Token, draft: Draft): void {
  const { start, end } = rangeOf(fence)
  const isOpening = start === draft.parent?.start.offset
  if (isOpening) draft.replace({ start, end: codeStart(draft.source, start) }, '')
  else draft.replace({ start: draft.source.lastIndexOf('\n', start), end }, '')
}

/** The start of the code after the fence at `fence`: in the next line, after the prefix of a list or quote. */
function codeStart(source: string, fence: number): number {
  const lineStart = source.lastIndexOf('\n', fence) + 1
  const newline = source.indexOf('\n', fence)
  if (newline === -1) return source.length
  const prefix = /^[ \t>]*/.exec(source.slice(newline + 1, newline + 1 + fence - lineStart))
  return newline + 1 + (prefix?.[0].length ?? 0)
}

const deepestHeading = 4

export const subsetRules: Rules = {
  deepestHeading,
  link: writeSubsetLink,
  tokens: {
    atxHeading: bareDeepHeading,
    setextHeading: rewriteHeading,
    emphasis: bareEastAsian,
    hardBreakEscape: (token, draft) => draft.remove(token),
    autolinkMarker: (token, draft) => draft.remove(token),
    htmlText: replaceBreakTag,
    htmlFlow: replaceBreakTag,
  },
}

/** Turns an image into a link, and writes the target of a reference into the link. */
function writeSubsetLink(link: Link, draft: Draft): void {
  const { range, label, target, isImage, isReference, isNested } = link
  const bare = isNested || label.start === label.end
  if (isImage) draft.replace({ start: range.start, end: label.start }, bare ? '' : '[')
  if (isImage && bare) draft.replace({ start: label.end, end: range.end }, isNested ? '' : target.url)
  else if (isReference) draft.replace({ start: label.end, end: range.end }, `](${target.destination})`)
}

function bareDeepHeading(heading: Token, draft: Draft): void {
  if (draft.source.startsWith('#'.repeat(deepestHeading + 1), heading.start.offset))
    bareHeading(heading, draft)
}

/** Writes an underlined heading of one line with the `#` marker that the client knows. */
function rewriteHeading(heading: Token, draft: Draft): void {
  const { start, end } = rangeOf(heading)
  const underline = draft.source.lastIndexOf('\n', end - 1)
  const isOneLine = draft.source.lastIndexOf('\n', underline - 1) < start
  const level = draft.source[end - 1] === '=' ? 1 : 2
  if (isOneLine) draft.replace({ start, end: start }, `${'#'.repeat(level)} `)
  draft.replace({ start: underline, end }, '')
}

function bareEastAsian(emphasis: Token, draft: Draft): void {
  if (!eastAsian.test(draft.textOf(emphasis))) return
  const { start, end } = rangeOf(emphasis)
  draft.replace({ start, end: start + 1 }, '')
  draft.replace({ start: end - 1, end }, '')
}

const breakTag = /^<br\s*\/?>$/i

function bareHeading(heading: Token, draft: Draft): void {
  const { start, end } = rangeOf(heading)
  const text = draft.textOf(heading)
  const marker = /^#+[ \t]*/.exec(text)?.[0].length ?? 0
  draft.replace({ start, end: start + marker }, '')
  draft.replace({ start: start + Math.max(marker, closingStart(text)), end }, '')
}

/** The start of the optional `##` at the end of a heading, with the space before it. The end if there is none. */
export function closingStart(heading: string): number {
  const text = heading.trimEnd()
  let end = text.length
  while (text[end - 1] === '#') end--
  const bare = text.slice(0, end).trimEnd()
  return end < text.length && bare.length < end ? bare.length : heading.length
}

/** Removes the underline of a heading. */
function removeUnderline(underline: Token, draft: Draft): void {
  const { start, end } = rangeOf(underline)
  draft.replace({ start: draft.source.lastIndexOf('\n', start), end }, '')
}

/** Models write `<br>` as a line break. Any other tag may be meant as text, as in `Vec<T>`, and is kept. */
function replaceBreakTag(html: Token, draft: Draft): void {
  if (!breakTag.test(draft.textOf(html))) return
  const { start, end } = rangeOf(html)
  const endsLine = end === draft.source.length || draft.source[end] === '\n'
  const text = draft.isIn('table') ? ' ' : endsLine ? '' : '\n'
  draft.replace({ start, end }, text)
}
