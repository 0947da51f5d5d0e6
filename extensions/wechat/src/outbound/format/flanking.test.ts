import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forParser } from './flanking.ts'
import { renderText } from './render.ts'

describe('markers that are part of what is said', () => {
  it.each([
    '2*3*4=24',
    'a*b*c',
    '3*5*7 cm',
    '2**8**2',
    '__init__.py',
    'open __init__.py , then __main__',
    'obj.__dict__ and __len__()',
    'a snake_case_name or SNAKE_CASE_NAME',
    'src/_private_/x and _f_(x)',
    '变量 snake_case_name 和 2*3*4',
    '*args, **kwargs',
    'a * b * c',
    '5 * 3 = 15，2*3*4',
    '文件在 a/__pycache__ 里',
    'f*g*h（x）',
  ])('stay in plain text: %s', (text) => {
    expect(renderText(text, 'none')).toBe(text)
    expect(renderText(`- ${text}`, 'none')).toBe(`• ${text}`)
    expect(renderText(`# ${text}`, 'none')).toBe(text)
  })
})

describe('emphasis beside Chinese, Japanese and Korean', () => {
  it.each([
    ['**注意：**请先备份', '注意：请先备份'],
    ['他说**“你好”**然后走了', '他说“你好”然后走了'],
    ['占**100%**的份额', '占100%的份额'],
    ['**“重点”**。', '“重点”。'],
    ['**重点**', '重点'],
    ['这是**重点**内容', '这是重点内容'],
    ['参见**《手册》**（第2版）', '参见《手册》（第2版）'],
    ['**(一)**首先', '(一)首先'],
    ['第*一*个，*第二：*再说', '第一个，第二：再说'],
    ['重要**（必读）**：见[手册](https://a.example/x)', '重要（必读）：见手册 (https://a.example/x)'],
    ['**注意！**`a*b*c`不变', '注意！a*b*c不变'],
    ['**한국어:**입니다', '한국어:입니다'],
    ['**「重要」**です', '「重要」です'],
    ['***非常：***重要', '非常：重要'],
    ['- **标题：**内容', '• 标题：内容'],
    [
      '| **项目：** | 数量 |\n|---|---|\n| **苹果（红）**大 | 3 |',
      '项目：         | 数量\n---------------+-----\n苹果（红）大 | 3',
    ],
  ])('loses its markers: %s', (markdown, expected) => {
    const squeezed = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-+/g, '-')
    expect(squeezed(renderText(markdown, 'none'))).toBe(squeezed(expected))
  })

  it('is no emphasis where the markers have spaces inside', () => {
    const text = '乘法 * 号 ** 和 ** 幂'
    expect(renderText(text, 'none')).toBe(text)
  })
})

describe('the text for the parser', () => {
  const piece = fc.constantFrom(
    '*',
    '**',
    '中',
    '，',
    '“',
    '(',
    ')',
    'a',
    '1',
    ' ',
    '\n',
    '_',
    '`',
    '[x](y)',
    '👍',
  )
  const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''))

  it('has the same length, and the same ASCII characters', () => {
    fc.assert(
      fc.property(text, (given) => {
        const shadow = forParser(given)
        expect(shadow).toHaveLength(given.length)
        for (let at = 0; at < given.length; at++) {
          if (given.charCodeAt(at) < 0x80) expect(shadow[at]).toBe(given[at])
        }
      }),
    )
  })

  it('a rendering removes nothing but markers and the syntax of code and links', () => {
    fc.assert(
      fc.property(text, (given) => {
        const said = (of: string) => of.replaceAll(/[•*_`[\]()\s]/g, '')
        expect(said(renderText(given, 'none'))).toBe(said(given))
      }),
    )
  })

  it('a product of numbers is never another number', () => {
    const number = fc.integer({ min: 0, max: 99 })
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 2, maxLength: 6 }),
        fc.constantFrom('', '结果是 ', 'so: ', '（'),
        (all, before) => {
          const product = all.join('*')
          expect(renderText(`${before}${product}`, 'none')).toContain(product)
        },
      ),
    )
  })
})
