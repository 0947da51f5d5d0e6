/**
 * Renders the Markdown that models write to the text that a puppet shows. Pure, and never throws: text that is too large
 * or too deeply nested is returned as it was written. Each section is rendered in the fastest way that gives the right
 * result: unchanged, block by block, or by the whole parser.
 */

import { Definitions, mayDefine } from './definitions.ts'
import { Draft, type Rules } from './draft.ts'
import {
  isInlineParsable,
  isParsable,
  type MarkdownSupport,
  markupRange,
  maxMarkdownChars,
  needsInlineParser,
  needsParser,
} from './markup.ts'
import { closingStart, plainRules, subsetRules } from './rules.ts'
import { quoted, quoteOf, type Section, sectionsOf } from './sections.ts'
import { layOutTable, tableOf } from './table.ts'
import { type Unit, unitsOf } from './units.ts'

/** @param support how much Markdown the puppet shows */
export function renderText(markdown: string, support: MarkdownSupport): string {
  if (markdown.length > maxMarkdownChars) return markdown
  const sections = sectionsOf(normalise(markdown))
  const definitions = new Definitions()
  const defining = new Set(
    sections.filter(({ text, code }) => code === undefined && mayDefine(text) && isParsable(text)),
  )
  for (const { text } of defining) definitions.add(text)
  const renderer = new SectionRenderer(support, definitions)
  // A definition is removed if a link refers to it, which is known only after all other sections are rendered.
  const rendered = sections.map((section) => (defining.has(section) ? undefined : renderer.render(section)))
  return sections.map((section, index) => rendered[index] ?? renderer.render(section)).join('')
}

/** Converts every newline to `\n`. Removes byte order marks, which the parser skips without counting them. */
function normalise(markdown: string): string {
  return markdown.replace(/\r\n?/g, '\n').replaceAll('\ufeff', '')
}

class SectionRenderer {
  readonly #support: MarkdownSupport
  readonly #definitions: Definitions
  readonly #rules: Rules

  constructor(support: MarkdownSupport, definitions: Definitions) {
    this.#support = support
    this.#definitions = definitions
    this.#rules = support === 'none' ? plainRules() : subsetRules
  }

  render({ text, code }: Section): string {
    if (code !== undefined) return this.#support === 'none' ? code : text
    if (!needsParser(text, this.#support, !this.#definitions.isEmpty)) return text
    const units = unitsOf(text)
    if (units !== undefined) return this.#renderUnits(text, units)
    if (!isParsable(text)) return text
    return (
      this.#renderQuote(text) ??
      this.#renderTable(text) ??
      new Draft(text, this.#definitions).render(this.#rules, 'document')
    )
  }

  #renderQuote(section: string): string | undefined {
    const quote = quoteOf(section)
    if (quote === undefined) return undefined
    const inner = sectionsOf(quote.text).map((part) => this.render(part))
    return quoted({ ...quote, text: inner.join('') })
  }

  #renderTable(section: string): string | undefined {
    const table = this.#support === 'none' ? tableOf(section) : undefined
    if (table === undefined) return undefined
    const rows = table.rows.map((row) => row.map((cell) => this.#renderInline(cell)))
    const { head, rule, body } = layOutTable({ ...table, rows })
    return [head, rule, ...body].join('\n') + section.slice(section.trimEnd().length)
  }

  #renderUnits(section: string, units: readonly Unit[]): string {
    let result = ''
    let at = 0
    for (const unit of units) {
      const marker = section.slice(unit.start, unit.textStart)
      const text = section.slice(unit.textStart, unit.textEnd)
      result += section.slice(at, unit.start) + this.#renderUnit(unit.kind, marker, text)
      at = unit.textEnd
    }
    return result + section.slice(at)
  }

  #renderUnit(kind: Unit['kind'], marker: string, text: string): string {
    const { bullet, deepestHeading } = this.#rules
    if (kind === 'heading' && marker.trimEnd().length > deepestHeading)
      return this.#renderInline(text.slice(0, closingStart(text)))
    if (kind === 'item' && bullet !== undefined)
      return marker.replace(/[-+*]/, bullet) + this.#renderInline(text)
    return marker + this.#renderInline(text)
  }

  #renderInline(text: string): string {
    if (!needsInlineParser(text, this.#support, !this.#definitions.isEmpty)) return text
    const { start, end } = markupRange(text)
    const marked = text.slice(start, end)
    if (!isInlineParsable(marked)) return text
    const rendered = new Draft(marked, this.#definitions).render(this.#rules, 'inline')
    return text.slice(0, start) + rendered + text.slice(end)
  }
}
