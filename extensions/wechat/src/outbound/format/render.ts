/**
 * From the Markdown that models write to the text that a puppet shows. Pure, and never throws: what is too large or too
 * deeply nested to be parsed in good time goes out as it was written.
 */

import { Definitions, mayDefine } from './definitions.ts'
import { Draft } from './draft.ts'
import { type MarkdownSupport, needsParser } from './markup.ts'
import { plainRules } from './plain.ts'
import { type Section, sectionsOf } from './sections.ts'
import { subsetRules } from './subset.ts'

/** A longer text is sent as it is. */
export const maxMarkdownChars = 16 * 1024 * 1024
/** So is a longer paragraph, list or table. */
export const maxSectionChars = 64 * 1024
/** And one that nests quotes and lists deeper within a line. */
export const maxNesting = 32

const deepNesting = new RegExp(
  `^[ \\t]*(?:>[ \\t]*|[-+*][ \\t]+|\\d{1,9}[.)][ \\t]+){${maxNesting + 1}}`,
  'm',
)

/** @param support what the puppet shows of Markdown */
export function renderText(markdown: string, support: MarkdownSupport): string {
  if (markdown.length > maxMarkdownChars) return markdown
  const sections = sectionsOf(normalise(markdown))
  const definitions = new Definitions()
  const defining = new Set(sections.filter((section) => isParsable(section) && mayDefine(section.text)))
  for (const { text } of defining) definitions.add(text)
  const render = (section: Section) => renderSection(section, support, definitions)
  // A definition goes when something refers to it, which is known after all the rest.
  const rendered = sections.map((section) => (defining.has(section) ? undefined : render(section)))
  return sections.map((section, index) => rendered[index] ?? render(section)).join('')
}

/** Newlines become one kind; the byte order mark goes, which the parser skips without counting it. */
function normalise(markdown: string): string {
  return markdown.replace(/\r\n?/g, '\n').replaceAll('\ufeff', '')
}

function renderSection(section: Section, support: MarkdownSupport, definitions: Definitions): string {
  const { text, code } = section
  if (code !== undefined) return support === 'none' ? code : text
  if (!isParsable(section) || !needsParser(text, support, definitions.isEmpty)) return text
  return new Draft(text, definitions).render(support === 'none' ? plainRules() : subsetRules)
}

function isParsable({ text, code }: Section): boolean {
  return code === undefined && text.length <= maxSectionChars && !deepNesting.test(text)
}
