import { describe, expect, it } from 'vitest'
import { fenceAround, fencesOf } from './fences.ts'

const found = (text: string) => fencesOf(text).map(({ start, end }) => text.slice(start, end))

describe('fencesOf', () => {
  it.each([
    ['backticks', 'a\n```js\nb\n```\nc', ['```js\nb\n```\n']],
    ['tildes, with backticks inside', '~~~\n```\n~~~', ['~~~\n```\n~~~']],
    ['a longer marker around a shorter one', '````\n```\n````\n', ['````\n```\n````\n']],
    ['a closing line that is longer', '```\nb\n`````\nc', ['```\nb\n`````\n']],
    ['a fence in a list', '- ```\n  b\n  ```\n', ['- ```\n  b\n  ```\n']],
    ['a fence in a quote', '> ```\n> b\n> ```\n', ['> ```\n> b\n> ```\n']],
    ['a fence that is not closed', 'a\n```\nb', ['```\nb']],
    ['Windows newlines', '```js\r\nb\r\n```\r\nc', ['```js\r\nb\r\n```\r\n']],
    ['no fence in a line of code', 'a ``` b\n```x``` c', []],
  ])('finds %s', (_name, text, fences) => {
    expect(found(text)).toEqual(fences)
  })

  it('finds a marker of any length', () => {
    const marker = '`'.repeat(1_000_000)
    expect(found(`${marker}\na\n${marker}\n`)).toHaveLength(1)
  })

  it('reopens a fence with its info string and without a list marker', () => {
    expect(fencesOf('1. ```ts title\n   b\n')).toMatchObject([
      { opening: '   ```ts title', closing: '   ```' },
    ])
  })
})

describe('fenceAround', () => {
  it('finds the fence that a split would break', () => {
    const fences = fencesOf('a\n```\nb\n```\nc')
    expect([2, 3, 11, 12].map((offset) => fenceAround(fences, offset) !== undefined)).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})
