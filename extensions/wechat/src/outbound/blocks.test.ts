import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BlockSize, BlockSplitter, clampBlockSize } from './blocks.ts'
import { splittableFences, textOf } from './chunk.ts'

function blocksOf(pieces: readonly string[], size: BlockSize) {
  const splitter = new BlockSplitter(size)
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.flush()]
}
const textsOf = (text: string, size: BlockSize) => blocksOf([text], size).map(textOf)
const sentence = 'This is a sentence of words. '

describe('blocks of a reply', () => {
  it('are complete as soon as a paragraph makes them long enough', () => {
    const splitter = new BlockSplitter({ minChars: 10, maxChars: 100 })
    expect(splitter.push('short\n\n')).toEqual([])
    expect(splitter.push('and longer\n\n')).toEqual([])
    expect(splitter.push('next').map(textOf)).toEqual(['short\n\nand longer\n\n'])
    expect(splitter.flush().map(textOf)).toEqual(['next'])
    expect(splitter.flush()).toEqual([])
  })

  it.each([
    ['a sentence', sentence.repeat(8), [sentence.repeat(3), sentence.repeat(3), sentence.repeat(2)]],
    [
      'the line before code',
      `Look:\n\`\`\`\n${'x\n'.repeat(40)}\`\`\`\n`,
      ['Look:\n', `\`\`\`\n${'x\n'.repeat(40)}\`\`\`\n`],
    ],
    [
      'code that fits',
      `\`\`\`\na\n\n${'b\n'.repeat(20)}\`\`\`\n\nAfter`,
      [`\`\`\`\na\n\n${'b\n'.repeat(20)}\`\`\`\n\n`, 'After'],
    ],
    [
      'a paragraph of a list item',
      '1. one is long enough\n\n   two\n\nthree',
      ['1. one is long enough\n\n   two\n\n', 'three'],
    ],
  ])('end after %s', (_name, text, expected) => {
    expect(textsOf(text, { minChars: 20, maxChars: 90 })).toEqual(expected)
  })

  it('close and reopen code that is longer than a block', () => {
    const blocks = textsOf(`\`\`\`ts\n${'const a = 1\n'.repeat(20)}\`\`\`\n`, { minChars: 20, maxChars: 90 })
    expect(blocks.length).toBeGreaterThan(2)
    for (const block of blocks) expect(block).toMatch(/^```ts\n(?:const a = 1\n)+```\n?$/)
  })

  it('repeat the head of a table that is longer than a block', () => {
    const head = '| Name | Price |\n|---|---|\n'
    const blocks = textsOf(`${head}${'| pear | 12 |\n'.repeat(20)}`, { minChars: 20, maxChars: 90 })
    expect(blocks.length).toBeGreaterThan(2)
    for (const block of blocks) expect(block.startsWith(head)).toBe(true)
  })

  it('are never longer than one message', () => {
    expect(clampBlockSize({ minChars: 200, maxChars: 800 }, 100)).toEqual({ minChars: 100, maxChars: 100 })
    expect(clampBlockSize({ minChars: 200, maxChars: 800 }, 2_000)).toEqual({ minChars: 200, maxChars: 800 })
  })
})

it('the rest of a reply continues in the fence in which the last block ended', () => {
  const splitter = new BlockSplitter({ minChars: 20, maxChars: 90 })
  const code = 'const a = 1\n'.repeat(20)
  const [block] = splitter.push(`\`\`\`ts\n${code}`, 1)
  const rest = splitter.release()
  expect(rest).toMatch(/^```ts\nconst a = 1\n/)
  expect(`${block?.body}${rest.replace('```ts\n', '')}`).toBe(`\`\`\`ts\n${code}`)
  expect(splitter.release()).toBe('')
})

describe('the laws of blocks', () => {
  const pieces = fc.array(
    fc.constantFrom(
      'Hello. ',
      '你好。',
      '\n\n',
      '\n',
      '```\n',
      '```ts\n',
      '~~~\n',
      '- item\n',
      '👨‍👩‍👧‍👦',
      'x'.repeat(40),
      '  ',
    ),
    { maxLength: 80, size: 'max' },
  )
  const size = fc
    .tuple(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 64, max: 200 }))
    .map(([minChars, maxChars]) => ({ minChars: Math.min(minChars, maxChars), maxChars }))

  it('the blocks joined are the reply, none is too long, and none leaves code open', () => {
    fc.assert(
      fc.property(pieces, size, (given, blockSize) => {
        const blocks = blocksOf(given, blockSize)
        expect(blocks.map(({ body }) => body).join('')).toBe(given.join(''))
        for (const block of blocks) {
          const text = textOf(block)
          expect(block.body).not.toBe('')
          expect(text.length).toBeLessThanOrEqual(blockSize.maxChars)
          for (const fence of splittableFences(text, blockSize.maxChars))
            expect(fence.end).toBeLessThanOrEqual(text.length)
        }
      }),
    )
  })

  it('the blocks do not depend on the pieces of the reply', () => {
    fc.assert(
      fc.property(pieces, size, (given, blockSize) => {
        expect(blocksOf([...given.join('')], blockSize)).toEqual(blocksOf(given, blockSize))
      }),
    )
  })
})
