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
    ['plain text as it is', 'Hello, world. 你好！', 'Hello, world. 你好！'],
    ['headings bare', '# One\n\n### Two ###\n\nThree\n=====\n', 'One\n\nTwo\n\nThree\n'],
    ['bold and emphasis bare', '**b** *e* _e_ ***both*** __b__', 'b e e both b'],
    ['markers that mark nothing', 'a * b, snake_case, 2 ** 3', 'a * b, snake_case, 2 ** 3'],
    ['inline code verbatim', 'run `rm *` or `` a`b ``', 'run rm * or a`b'],
    ['fenced code verbatim', `Look:\n\n${fence}\nDone`, 'Look:\n\nconst a = "**b**"\n\n# no heading\nDone'],
    ['links with their address', 'see [the *docs*](https://a.b/c "t")', 'see the docs (https://a.b/c)'],
    [
      'a link that is its address once',
      '[https://a.b](https://a.b) <https://c.d>',
      'https://a.b https://c.d',
    ],
    ['a mail address once', '[me@a.b](mailto:me@a.b)', 'me@a.b'],
    [
      'references with their address',
      'see [docs][1] or [1]\n\n[1]: <https://a.b>\n',
      'see docs (https://a.b) or 1 (https://a.b)\n\n',
    ],
    ['a definition that nothing refers to', 'text\n\n[1]: https://a.b', 'text\n\n[1]: https://a.b'],
    ['footnotes as they are', 'so[^1]\n\n[^1]: https://a.b', 'so[^1]\n\n[^1]: https://a.b'],
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
    ['struck text with its marks', '~~old~~ new', '~~old~~ new'],
    ['Windows newlines', '# a\r\n\r\n**b**\r\n', 'a\n\nb\n'],
  ])('%s', (_name, markdown, text) => {
    expect(renderText(markdown, 'none')).toBe(text)
  })

  it('tables as aligned lines, wide characters counted', () => {
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
    ['deep headings bare', '##### five\n###### six ######', 'five\nsix'],
    ['underlined headings marked', 'One\n===\n\nTwo\n---\n', '# One\n\n## Two\n'],
    ['emphasis of East Asian text bare', '*你好* _안녕_ ***都*** *no*', '你好 안녕 **都** *no*'],
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
  it('leave as it is what nests too deeply', () => {
    const deep = `${'> '.repeat(maxNesting + 1)}**a**`
    expect(renderText(`${deep}\n\n**b**`, 'none')).toBe(`${deep}\n\nb`)
    expect(renderText(`${'> '.repeat(maxNesting)}**a**`, 'none')).not.toContain('**')
  })

  it.each([
    ['a paragraph that is too long', `**a** ${'x'.repeat(maxSectionChars)} **b**`],
    ['a quote of too many lines', '> **a**\n'.repeat(maxSectionLines + 1)],
    ['text of too many markers', '*a '.repeat(maxSectionMarkers + 1)],
  ])('leave as it is %s', (_name, text) => {
    expect(renderText(`${text}\n\n**b**`, 'none') === `${text}\n\nb`).toBe(true)
  })

  it('leave as it is what is too long in all', () => {
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

  it('it never throws, whatever the text', () => {
    fc.assert(
      fc.property(markdown, support, (text, shown) => {
        expect(typeof renderText(text, shown)).toBe('string')
      }),
    )
  })

  it('it loses no word but the info string of code, a target inside the text, and a picture in a link', () => {
    const said = (text: string) => new Set(text.match(/[你好]|word/gu) ?? [])
    const isDropped = /```|~~~|!\[|\]\(\s*<?#/
    fc.assert(
      fc.property(markdown, support, (text, shown) => {
        fc.pre(!isDropped.test(text))
        expect(said(renderText(text, shown))).toEqual(said(text))
      }),
    )
  })

  it('sentences without markup stay as they are', () => {
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
