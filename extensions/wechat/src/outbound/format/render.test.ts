import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  maxMarkdownChars,
  maxNesting,
  maxSectionChars,
  maxSectionLines,
  maxSectionMarkers,
} from './markup.ts'
import { renderText } from './render.ts'

const fence = '```ts\nconst a = "**b**"\n\n# no heading\n```'

describe('a puppet without Markdown shows', () => {
  it.each([
    ['plain text unchanged', 'Hello, world. 你好！', 'Hello, world. 你好！'],
    ['headings without markers', '# One\n\n### Two ###\n\nThree\n=====\n', 'One\n\nTwo\n\nThree\n'],
    ['bold and emphasis without markers', '**b** *e* _e_ ***both*** __b__', 'b e e both b'],
    ['characters that are not markup', 'a * b, snake_case, 2 ** 3', 'a * b, snake_case, 2 ** 3'],
    ['inline code verbatim', 'run `rm *` or `` a`b ``', 'run rm * or a`b'],
    ['fenced code verbatim', `Look:\n\n${fence}\nDone`, 'Look:\n\nconst a = "**b**"\n\n# no heading\nDone'],
    ['links with their address', 'see [the *docs*](https://a.b/c "t")', 'see the docs (https://a.b/c)'],
    [
      'the address of an autolink once',
      '[https://a.b](https://a.b) <https://c.d>',
      'https://a.b https://c.d',
    ],
    ['a mail address once', '[me@a.b](mailto:me@a.b)', 'me@a.b'],
    [
      'references with their address',
      'see [docs][1] or [1]\n\n[1]: <https://a.b>\n',
      'see docs (https://a.b) or 1 (https://a.b)\n\n',
    ],
    ['an unused definition', 'text\n\n[1]: https://a.b', 'text\n\n[1]: https://a.b'],
    ['footnotes unchanged', 'so[^1]\n\n[^1]: https://a.b', 'so[^1]\n\n[^1]: https://a.b'],
    [
      'images as text and address',
      '![a cat](https://a.b/c.png) ![](https://d.e)',
      'a cat (https://a.b/c.png) https://d.e',
    ],
    ['an image in a link by its text', '[![build](https://a.b)](https://c.d)', 'build (https://c.d)'],
    ['no image data', '![dot](data:image/png;base64,AAAA)', 'dot'],
    ['addresses with markers in them', 'https://a.b/_c_/*d*', 'https://a.b/_c_/*d*'],
    [
      'bullets, numbers and nesting',
      '- a\n- b\n  * c\n\n1. d\n   + e\n2) f',
      '• a\n• b\n  • c\n\n1. d\n   • e\n2) f',
    ],
    ['code in a list', '- ```\n  a\n   b\n  ```\n- c', '• a\n   b\n• c'],
    ['quotes', '> **a**\n> b\n>\n> - c', '> a\n> b\n>\n> • c'],
    ['rules', 'a\n\n---\n\nb', 'a\n\n---\n\nb'],
    ['escaped characters', '\\*a\\* &lt;b&gt; &copy;', '*a* <b> ©'],
    ['line breaks', 'a<br>b  \nc\\\nd<br> e', 'a\nb\nc\nd\n e'],
    ['tags that may be meant as text', 'use Vec<T> here', 'use Vec<T> here'],
    ['strikethrough with its marks', '~~old~~ new', '~~old~~ new'],
    ['Windows newlines', '# a\r\n\r\n**b**\r\n', 'a\n\nb\n'],
  ])('%s', (_name, markdown, text) => {
    expect(renderText(markdown, 'none')).toBe(text)
  })

  it('tables as aligned lines, with the width of wide characters', () => {
    const table =
      '| Fruit | 数量 | c |\n|:--|--:|:-:|\n| **苹果** | 3 | `a\\|b` |\n| pear | 1200 | [x](u) |\n'
    expect(renderText(table, 'none')).toBe(
      ['Fruit | 数量 |   c', '------+------+------', '苹果  |    3 |  a|b', 'pear  | 1200 | x (u)', ''].join(
        '\n',
      ),
    )
  })

  it('tables in quotes as lines of the quote', () => {
    expect(renderText('> | a | b |\n> |---|---|\n> | 1 | 22 |', 'none')).toBe('> a | b\n> --+---\n> 1 | 22')
  })
})

describe("iLink's client shows", () => {
  const untouched = [
    '# One\n\n#### Four\n\n**b** *e* `c` [l](https://a.b)\n\n---\n\n> q\n\n- a\n  1. b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n',
    fence,
    '**加粗** 和 `代码` 与 [链接](https://a.b)',
    '* 星号列表\n* 第二项',
    'snake_case, a * b, &amp; \\*',
  ]
  it.each(untouched)('its part of Markdown verbatim: %j', (markdown) => {
    expect(renderText(markdown, 'subset')).toBe(markdown)
  })

  it.each([
    ['deep headings without markers', '##### five\n###### six ######', 'five\nsix'],
    ['underlined headings with # markers', 'One\n===\n\nTwo\n---\n', '# One\n\n## Two\n'],
    ['East Asian emphasis without markers', '*你好* _안녕_ ***都*** *no*', '你好 안녕 **都** *no*'],
    ['images as links', '![cat](https://a.b/c.png) ![](https://d.e)', '[cat](https://a.b/c.png) https://d.e'],
    ['an image in a link by its text', '[![build](https://a.b)](https://c.d)', '[build](https://c.d)'],
    [
      'references as links',
      '[a][1] [1]\n\n[1]: <https://a.b/c d> "t"',
      '[a](<https://a.b/c d>) [1](<https://a.b/c d>)\n\n',
    ],
    ['addresses without angle brackets', '<https://a.b>', 'https://a.b'],
    ['line breaks', 'a<br/>b\\\nc', 'a\nb\nc'],
  ])('%s', (_name, markdown, text) => {
    expect(renderText(markdown, 'subset')).toBe(text)
  })
})

describe('the limits of rendering', () => {
  it('keep a section that is nested too deeply', () => {
    const deep = `${'> '.repeat(maxNesting + 1)}**a**`
    expect(renderText(`${deep}\n\n**b**`, 'none')).toBe(`${deep}\n\nb`)
    expect(renderText(`${'> '.repeat(maxNesting)}**a**`, 'none')).not.toContain('**')
  })

  it.each([
    ['a paragraph that is too long', `**a** ${'x'.repeat(maxSectionChars)} **b**`],
    ['a quote with too many lines', '> **a**\n'.repeat(maxSectionLines + 1)],
    ['text with too many markers', '*a '.repeat(maxSectionMarkers + 1)],
  ])('keep %s', (_name, text) => {
    expect(renderText(`${text}\n\n**b**`, 'none') === `${text}\n\nb`).toBe(true)
  })

  it('keep a text that is too long', () => {
    const long = '**a**\n\n'.repeat(maxMarkdownChars / 7 + 1)
    expect(renderText(long, 'none') === long).toBe(true)
  })
})

describe('the laws of rendering', () => {
  const support = fc.constantFrom('none' as const, 'subset' as const)
  const pieces = fc.constantFrom(
    ...[
      '*',
      '**',
      '_',
      '`',
      '```',
      '~~~',
      '#',
      '######',
      '>',
      '- ',
      '1. ',
      '+',
      '|',
      '|-|',
      '---',
      '===',
      '![',
      '[',
      ']',
      '](',
      '][',
      ')',
    ],
    ...[
      '[a]: b',
      '<br>',
      '<',
      '>',
      '&amp;',
      '\\',
      '\n',
      '\n\n',
      '\n    ',
      '\t',
      ' ',
      '  \n',
      'word',
      '你好',
      '👨‍👩‍👧',
      'https://a.b/',
      '\r',
      '\u0000',
      '\ufeff',
    ],
  )
  const markdown = fc.oneof(
    fc.array(pieces, { maxLength: 80, size: 'max' }).map((all) => all.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  )

  it('renderText never throws', () => {
    fc.assert(
      fc.property(markdown, support, (text, shown) => {
        expect(typeof renderText(text, shown)).toBe('string')
      }),
    )
  })

  it('renderText loses no word except info strings, anchors, and images in links', () => {
    const said = (text: string) => new Set(text.match(/[你好]|word/gu) ?? [])
    const isDropped = /```|~~~|!\[|\]\(\s*<?#/
    fc.assert(
      fc.property(markdown, support, (text, shown) => {
        fc.pre(!isDropped.test(text))
        expect(said(renderText(text, shown))).toEqual(said(text))
      }),
    )
  })

  it('renderText returns sentences without markup unchanged', () => {
    const sentences = fc.array(
      fc.constantFrom('A word. ', '好的。', '\n', '\n\n', '(see 1) ', '"so" ', "it's "),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(sentences, support, (parts, shown) => {
        expect(renderText(parts.join(''), shown)).toBe(parts.join(''))
      }),
    )
  })
})
