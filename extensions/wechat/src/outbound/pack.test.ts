import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Chunk, splitText } from './chunk.ts'
import { inLanguage, restAttachedNotice } from './notices.ts'
import { packReply } from './pack.ts'

const notice = inLanguage(restAttachedNotice, 'en', '')
const plain = (...bodies: string[]): Chunk[] => bodies.map((body) => ({ opening: '', body, closing: '' }))
const limits = (messages: number, limit = 100) => ({ messages, limit, notice })

describe('packReply', () => {
  it('returns every chunk if they fit in the budget', () => {
    expect(packReply(plain('one\n', 'two'), limits(2))).toEqual({ texts: ['one\n', 'two'] })
    expect(packReply([], limits(2))).toEqual({ texts: [] })
  })

  it('joins short chunks when there are too many', () => {
    expect(packReply(plain('one\n\n', 'two\n\n', 'three'), limits(1))).toEqual({
      texts: ['one\n\ntwo\n\nthree'],
    })
  })

  it('attaches the rest, with a notice in the last text', () => {
    const [a = '', b = '', c = '', d = ''] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(70))
    expect(packReply(plain(a, b, c, d), limits(3, 130))).toEqual({
      texts: [a, `${b}\n\n${notice}`],
      attachment: { name: 'reply.md', content: c + d },
    })
  })

  it('sends the notice as its own text if the last chunk has no room', () => {
    const chunks = plain('a'.repeat(90), 'b'.repeat(90), 'c'.repeat(90))
    expect(packReply(chunks, limits(2))).toEqual({
      texts: [notice],
      attachment: { name: 'reply.md', content: chunks.map(({ body }) => body).join('') },
    })
  })

  it('makes the reply an attachment if only one message is left', () => {
    expect(packReply(plain('a'.repeat(90), 'b'.repeat(90)), limits(1)).texts).toEqual([])
  })

  it('reopens a split fence at the beginning of the attachment', () => {
    const chunks = splitText(`\`\`\`ts\n${'const a = 1\n'.repeat(20)}\`\`\`\n`, 100, 'length')
    const { attachment } = packReply(chunks, limits(2))
    expect(attachment?.content).toMatch(/^```ts\n(?:const a = 1\n)+```\n$/)
  })

  it('never exceeds the budget or the limit, and loses no text', () => {
    const text = fc.array(fc.constantFrom('Hello. ', '你好。', '\n\n', '```\n', 'x'.repeat(70)), {
      maxLength: 60,
      size: 'max',
    })
    fc.assert(
      fc.property(
        text.map((parts) => parts.join('')),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 60, max: 200 }),
        fc.constantFrom('length' as const, 'newline' as const),
        (reply, messages, limit, mode) => {
          const { texts, attachment } = packReply(splitText(reply, limit, mode), limits(messages, limit))
          expect(texts.length + (attachment === undefined ? 0 : 1)).toBeLessThanOrEqual(messages)
          for (const sent of texts) expect(sent.length).toBeLessThanOrEqual(limit)
          const letters = (all: string) => all.replace(/[`\s]/g, '')
          const everything = [...texts, attachment?.content ?? ''].join('')
          expect(letters(everything).replace(letters(notice), '')).toBe(letters(reply))
          if (attachment !== undefined && texts.length > 0) expect(texts.at(-1)?.endsWith(notice)).toBe(true)
        },
      ),
    )
  })
})
