/**
 * The Markdown parser: micromark with the two extensions of GitHub's dialect that matter to a reader of plain text. Its
 * tokens contain their offsets in the source, which is all that rendering needs. Building a tree would take longer than
 * the parsing.
 */

import { parse, postprocess, preprocess } from 'micromark'
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal'
import { gfmTable } from 'micromark-extension-gfm-table'
import { forParser } from './flanking.ts'

/** A pair of `enter` or `exit` and the token. Tokens are nested like brackets. */
export type Event = ReturnType<typeof postprocess>[number]
export type Token = Event[1]

/** Created once, because that takes longer than parsing a paragraph. */
const parser = parse({ extensions: [gfmTable()] })
/** Checks every letter for an address, which doubles the time. So it is used only if an address may contain markers. */
const parserOfAddresses = parse({ extensions: [gfmTable(), gfmAutolinkLiteral()] })
const addressWithMarkers = /(?::\/\/|www\.)[^\s<>]{0,2000}?[*_~`&\\[\]]/i

/**
 * @param kind `inline`: the text of one paragraph, which takes a fifth of the time
 * @param identifiers normalised identifiers of the definitions in other sections
 */
export function eventsOf(
  source: string,
  kind: 'document' | 'inline',
  identifiers: Iterable<string>,
): Event[] {
  const context = addressWithMarkers.test(source) ? parserOfAddresses : parser
  context.lazy = {}
  context.defined = [...identifiers]
  const tokenizer = kind === 'document' ? context.document() : context.text()
  const isEnd = true
  return postprocess(tokenizer.write(preprocess()(forParser(source), 'utf8', isEnd)))
}

export function textOf(source: string, { start, end }: Token): string {
  return source.slice(start.offset, end.offset)
}
