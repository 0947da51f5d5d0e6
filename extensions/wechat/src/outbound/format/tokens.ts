/**
 * The Markdown parser: micromark with the two extensions of GitHub's dialect that matter to a reader of plain text.
 * Its tokens know their place in the source, which is all that rendering needs; a tree would cost more than the parsing.
 */

import { parse, postprocess, preprocess } from 'micromark'
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal'
import { gfmTable } from 'micromark-extension-gfm-table'

/** `enter` or `exit`, and the token. Tokens are nested like brackets. */
export type Event = ReturnType<typeof postprocess>[number]
export type Token = Event[1]

const dialect = { extensions: [gfmTable()] }
/** Looks for an address at every letter, which doubles the time; so it is used only where there may be one. */
const dialectWithAddresses = { extensions: [gfmTable(), gfmAutolinkLiteral()] }
const maybeAddress = /:\/\/|www\./i

/** @param identifiers of the definitions that stand elsewhere in the text, normalised */
export function eventsOf(source: string, identifiers: Iterable<string>): Event[] {
  const parser = parse(maybeAddress.test(source) ? dialectWithAddresses : dialect)
  parser.defined.push(...identifiers)
  const isEnd = true
  return postprocess(parser.document().write(preprocess()(source, 'utf8', isEnd)))
}

export function textOf(source: string, { start, end }: Token): string {
  return source.slice(start.offset, end.offset)
}
