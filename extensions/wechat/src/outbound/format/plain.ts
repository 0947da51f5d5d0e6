/**
 * Markdown as readable plain text, for puppets that show no Markdown at all.
 */

import { decodeString } from 'micromark-util-decode-string'
import { type Draft, type Link, type Rules, rangeOf } from './draft.ts'
import { bareHeading, removeUnderline, replaceBreakTag } from './shared-rules.ts'
import { TableDraft } from './table-draft.ts'
import type { Token } from './tokens.ts'

const bullet = '•'

type TokenRules = Rules['tokens']

const remove = (token: Token, draft: Draft) => draft.remove(token)

const tokenRules: TokenRules = {
  atxHeading: bareHeading,
  setextHeadingLine: removeUnderline,
  emphasisSequence: remove,
  strongSequence: remove,
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

/** For one section. */
export function plainRules(): Rules {
  return { link: writeLink, tokens: { ...tokenRules, ...tableRules() }, bullet, deepestHeading: 0 }
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

/** `text (url)`, or the one of them that says it all. */
function writeLink({ range, label, target, isNested }: Link, draft: Draft): void {
  const text = draft.source.slice(label.start, label.end)
  draft.replace({ start: range.start, end: label.start }, '')
  draft.replace({ start: label.end, end: range.end }, isNested ? '' : afterLabel(text.trim(), target.url))
}

function afterLabel(label: string, url: string): string {
  const saysNothing = url === '' || url.startsWith('#') || url.startsWith('data:')
  if (saysNothing || url === label || url === `mailto:${label}`) return ''
  return label === '' ? url : ` (${url})`
}

function writeBullet(token: Token, draft: Draft): void {
  if (/^[-+*]$/.test(draft.textOf(token))) draft.replace(rangeOf(token), bullet)
}

/** A newline around code is one to the reader too. */
function removeSpace(padding: Token, draft: Draft): void {
  if (draft.textOf(padding) === ' ') draft.remove(padding)
}

/** In a table, code cannot have a bare `|`. */
function unescapePipes(token: Token, draft: Draft): void {
  if (draft.isIn('tableContent')) draft.replace(rangeOf(token), draft.textOf(token).replaceAll('\\|', '|'))
}

/** The code stays as it is; of the line of a fence nothing stays but a list's marker before it. */
function removeFence(fence: Token, draft: Draft): void {
  const { start, end } = rangeOf(fence)
  const isOpening = start === draft.parent?.start.offset
  if (isOpening) draft.replace({ start, end: codeStart(draft.source, start) }, '')
  else draft.replace({ start: draft.source.lastIndexOf('\n', start), end }, '')
}

/** Where the code of the fence that opens at `fence` begins: in its next line, after what a list or quote puts before it. */
function codeStart(source: string, fence: number): number {
  const lineStart = source.lastIndexOf('\n', fence) + 1
  const newline = source.indexOf('\n', fence)
  if (newline === -1) return source.length
  const prefix = /^[ \t>]*/.exec(source.slice(newline + 1, newline + 1 + fence - lineStart))
  return newline + 1 + (prefix?.[0].length ?? 0)
}
