import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Definitions } from './definitions.ts'
import { Draft } from './draft.ts'
import { renderText } from './render.ts'
import { plainRules, subsetRules } from './rules.ts'

/** Renders the whole text with the parser only. */
function byParser(markdown: string, support: 'none' | 'subset'): string {
  return new Draft(markdown, new Definitions()).render(
    support === 'none' ? plainRules() : subsetRules,
    'document',
  )
}

/** All but space, which is invisible, and the mark of a quote, which the parser alone does not put after a new line break. */
function words(text: string): string {
  return text.replace(/[\s>]+/g, ' ').trim()
}

const inline = fc
  .array(
    fc.constantFrom(
      'word',
      'two words',
      '你好',
      '**bold**',
      '*em*',
      '_em_',
      '***',
      '**',
      '*',
      '_',
      '`code`',
      '`',
      '[link](https://a.b/c_d_e)',
      '![pic](u)',
      'a<br>',
      'https://a.b/_c_',
      '&amp;',
      '\\*',
      '[',
      '](',
      '# ',
      '1. ',
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => ['word', ...parts].join(' '))
const marker = fc.constantFrom('', '', '- ', '* ', '+ ', '1. ', '2. ', '10) ', '# ', '###### ', '-   ')
const indent = fc.constantFrom('', '', '', '  ', '   ')
/** Not used for numbered items: after indented code micromark reads those that do not begin with 1 as text. */
const deepIndent = fc.constantFrom('', '', '  ', '    ', '      ')
const row = fc.array(inline, { minLength: 2, maxLength: 3 }).map((cells) => `| ${cells.join(' | ')} |`)
const line = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(indent, marker, inline).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('---', '===', '> quote', '>', '| - | :-: |', '```', '***', '- - -'),
  },
  { weight: 1, arbitrary: row },
)
const blocks = fc.oneof(
  fc.array(line, { maxLength: 12, size: 'max' }),
  fc
    .tuple(row, fc.constantFrom('|---|:-:|', '|:--|--:|---|'), fc.array(row, { maxLength: 3 }))
    .map((parts) => parts.flat()),
  fc.array(
    fc.tuple(deepIndent, fc.constantFrom('', '- ', '1. '), inline).map((parts) => parts.join('')),
    { maxLength: 8 },
  ),
  fc
    .array(line, { minLength: 1, maxLength: 6 })
    .map((lines) => lines.map((text) => (text === '' ? '>' : `> ${text}`))),
)
const markdown = blocks.map((lines) => lines.join('\n'))

describe('rendering in parts', () => {
  it.each(['none', 'subset'] as const)('gives the same result as parsing the whole text (%s)', (support) => {
    fc.assert(
      fc.property(markdown, (text) => {
        expect(words(renderText(text, support))).toBe(words(byParser(text, support)))
      }),
      { numRuns: 1_000 },
    )
  })
})
