/**
 * From the Markdown that models write to the text that a puppet shows. Pure, and never throws: what is too large or too
 * deeply nested to be parsed in good time goes out as it was written.
 */

import { isParsable, maxMarkdownChars } from './caps.ts'
import { Definitions, mayDefine } from './definitions.ts'
import type { MarkdownSupport } from './markup.ts'
import { SectionRenderer } from './section-renderer.ts'
import { sectionsOf } from './sections.ts'

/** @param support what the puppet shows of Markdown */
export function renderText(markdown: string, support: MarkdownSupport): string {
  if (markdown.length > maxMarkdownChars) return markdown
  const sections = sectionsOf(normalise(markdown))
  const definitions = new Definitions()
  const defining = new Set(
    sections.filter(({ text, code }) => code === undefined && mayDefine(text) && isParsable(text)),
  )
  for (const { text } of defining) definitions.add(text)
  const renderer = new SectionRenderer(support, definitions)
  // A definition goes when something refers to it, which is known after all the rest.
  const rendered = sections.map((section) => (defining.has(section) ? undefined : renderer.render(section)))
  return sections.map((section, index) => rendered[index] ?? renderer.render(section)).join('')
}

/** Newlines become one kind; the byte order mark goes, which the parser skips without counting it. */
function normalise(markdown: string): string {
  return markdown.replace(/\r\n?/g, '\n').replaceAll('\ufeff', '')
}
