/**
 * Renders one section after another, each in the cheapest way that is right for it: as it is, unit by unit, or by the
 * whole parser.
 */

import { isInlineParsable, isParsable } from './caps.ts'
import type { Definitions } from './definitions.ts'
import { Draft, type Rules } from './draft.ts'
import { type MarkdownSupport, markupRange, needsInlineParser, needsParser } from './markup.ts'
import { plainRules } from './plain.ts'
import { quoted, quoteOf } from './quote.ts'
import { type Section, sectionsOf } from './sections.ts'
import { closingStart } from './shared-rules.ts'
import { subsetRules } from './subset.ts'
import { layOutTable, tableOf } from './table.ts'
import { type Unit, unitsOf } from './units.ts'

export class SectionRenderer {
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
