/**
 * Renders one section: walks the parser's tokens and lets a set of rules replace places in the source. Text that no rule
 * replaces stays exactly as the model wrote it.
 */

import { type Definitions, isFootnote, type Target, targetOf } from './definitions.ts'
import { eventsOf, type Token, textOf } from './tokens.ts'

/** Offsets into the source. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A link or an image. */
export interface Link {
  readonly range: Range
  /** The text between the brackets, or the alternative text of an image. */
  readonly label: Range
  readonly target: Target
  readonly isImage: boolean
  /** The target is in a definition. */
  readonly isReference: boolean
  /** Whether this is an image in the text of a link. */
  readonly isNested: boolean
}

export interface Rules {
  /** Replaces the marker of an item in an unordered list. */
  readonly bullet?: string
  /** Deeper headings lose their marker. */
  readonly deepestHeading: number
  /** Rules by the type of a token. A rule is called at the end of the token. */
  readonly tokens: Readonly<Record<string, ((token: Token, draft: Draft) => void) | undefined>>
  readonly link: (link: Link, draft: Draft) => void
}

export class Draft {
  readonly source: string
  readonly #definitions: Definitions
  readonly #edits: Edit[] = []
  readonly #parents: Token[] = []
  /** Links and images that have begun but not ended. */
  readonly #links: { label: Range; destination: string }[] = []
  readonly #defined: { range: Range; label: string }[] = []

  constructor(source: string, definitions: Definitions) {
    this.source = source
    this.#definitions = definitions
  }

  /** @param content `inline`: the source is the inline text of one paragraph, heading or item */
  render(rules: Rules, content: 'document' | 'inline'): string {
    for (const [kind, token] of eventsOf(this.source, content, this.#definitions.identifiers())) {
      if (kind === 'enter') this.#enter(token)
      else this.#exit(token, rules)
    }
    for (const { range, label } of this.#defined) if (this.#definitions.isUsed(label)) this.replace(range, '')
    return applyEdits(this.source, this.#edits)
  }

  /** The parent of the token that a rule is called with. */
  get parent(): Token | undefined {
    return this.#parents.at(-1)
  }

  isIn(type: string): boolean {
    return this.#parents.some((token) => token.type === type)
  }

  textOf(token: Token): string {
    return textOf(this.source, token)
  }

  replace({ start, end }: Range, text: string): void {
    this.#edits.push({ start, end, text })
  }

  remove(token: Token): void {
    this.replace(rangeOf(token), '')
  }

  /** Removes the edits of the last range and returns its rendered text. The caller must replace the range. */
  take({ start, end }: Range): string {
    const first = this.#edits.findLastIndex((edit) => edit.start < start) + 1
    return applyEdits(this.source, this.#edits.splice(first), start, end)
  }

  #enter(token: Token): void {
    this.#parents.push(token)
    if (token.type === 'link' || token.type === 'image')
      this.#links.push({ label: rangeOf(token), destination: '' })
  }

  #exit(token: Token, rules: Rules): void {
    this.#parents.pop()
    const link = this.#links.at(-1)
    if (token.type === 'label' && link !== undefined) link.label = rangeOf(token)
    if (token.type === 'resourceDestination' && link !== undefined) link.destination = this.textOf(token)
    if (token.type === 'link' || token.type === 'image') this.#endLink(token, rules)
    if (token.type === 'definitionLabelString') this.#noteDefinition(token)
    rules.tokens[token.type]?.(token, this)
  }

  #endLink(token: Token, rules: Rules): void {
    const open = this.#links.pop()
    if (open === undefined) return
    const range = rangeOf(token)
    const isImage = token.type === 'image'
    const isReference = this.source[open.label.end] !== '('
    const label = { start: open.label.start + (isImage ? 2 : 1), end: open.label.end - 1 }
    const reference = this.source.slice(open.label.end + 1, range.end - 1) || this.#slice(label)
    if (isReference && isFootnote(reference)) return
    const target = isReference ? this.#definitions.use(reference) : targetOf(open.destination)
    if (target === undefined) return
    rules.link({ range, label, target, isImage, isReference, isNested: this.isIn('link') }, this)
  }

  #slice({ start, end }: Range): string {
    return this.source.slice(start, end)
  }

  #noteDefinition(label: Token): void {
    const definition = this.#parents.findLast(({ type }) => type === 'definition') ?? label
    const { start, end } = rangeOf(definition)
    const lineEnd = this.source[end] === '\n' ? end + 1 : end
    this.#defined.push({ range: { start, end: lineEnd }, label: this.textOf(label) })
  }
}

export function rangeOf({ start, end }: Token): Range {
  return { start: start.offset, end: end.offset }
}

interface Edit {
  /** Offsets into the source. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Applies the edits to the source from `start` to `end`. If edits overlap, the one that begins first is applied. */
function applyEdits(source: string, edits: readonly Edit[], start = 0, end = source.length): string {
  let result = ''
  let at = start
  for (const edit of edits.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (edit.end < at || (edit.end === at && edit.start < at)) continue
    result += source.slice(at, Math.max(at, edit.start)) + edit.text
    at = edit.end
  }
  return result + source.slice(at, end)
}
