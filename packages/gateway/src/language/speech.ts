/**
 * One language of the command line. English texts stand where they are used, with placeholders; they are the keys of the
 * Chinese catalogue (`chinese/`), so a text without a translation does not compile. What comes from elsewhere as
 * finished English, such as an error of the gateway or a warning of a channel, is recognised by the same templates.
 */

import type { chinese } from './chinese/catalogue.ts'
import { fillIn, type Pattern, patternOf, type Values, type ValuesOf } from './templates.ts'

/** Every text that the command line can say in both languages, in English. */
export type Template = keyof typeof chinese

export interface Speech {
  /** A text of the command line's own, filled in. */
  say<T extends Template>(template: T, ...values: ValuesOf<T>): string
  /** A text of several lines that is finished English. A line that is not in the catalogue stays English. */
  translate(english: string): string
}

/** `template` filled in, for an error that whoever prints it translates. */
export function english<T extends Template>(template: T, ...[values]: ValuesOf<T>): string {
  return fillIn(template, values)
}

export const englishSpeech: Speech = { say: english, translate: (text) => text }

/** Values that are texts themselves, by the names of their placeholders; any other value is shown as it is. */
const textValues: ReadonlySet<string> = new Set([
  'advice',
  'expected',
  'flaw',
  'found',
  'more',
  'phase',
  'problem',
  'reason',
  'state',
  'via',
  'what',
])

/** Texts inside texts: a problem of the configuration has a place, a key, what was found, what is allowed, and a guess. */
const maxDepth = 8

type Catalogue = Readonly<Record<string, string>>

/**
 * @param catalogue by English template
 * @param recognised its templates that also come filled in
 */
export function speechFrom(catalogue: Catalogue, recognised: Catalogue): Speech {
  let patterns: readonly Pattern[] | undefined
  const filled = (template: string, values: Values, depth: number) => {
    const translated = Object.entries(values).map(([name, value]) => [
      name,
      textValues.has(name) ? translateLine(String(value), depth + 1) : value,
    ])
    return fillIn(catalogue[template] ?? template, Object.fromEntries(translated))
  }
  const translateLine = (line: string, depth: number): string => {
    const text = line.trim()
    const known = Object.hasOwn(catalogue, text) ? catalogue[text] : undefined
    if (known !== undefined || text === '' || depth > maxDepth) return line.replace(text, () => known ?? text)
    patterns ??= patternsOf(recognised)
    for (const pattern of patterns) {
      const values = pattern.match(text)
      if (values) return line.replace(text, () => filled(pattern.template, values, depth))
    }
    return line
  }
  return {
    say: (template, ...[values]) => filled(template, values ?? {}, 0),
    translate: (text) =>
      text
        .split('\n')
        .map((line) => translateLine(line, 0))
        .join('\n'),
  }
}

/** Those that say most come first. */
function patternsOf(recognised: Catalogue): Pattern[] {
  return Object.keys(recognised)
    .map(patternOf)
    .toSorted((a, b) => b.weight - a.weight)
}
