import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf } from '../../test/policy.ts'
import { ReplyBudget } from './budget.ts'
import { Composer } from './compose.ts'
import { sendable } from './sendable.ts'

const composerFor = (markdown: 'subset' | 'none', config: object = {}) =>
  new Composer({
    account: accountOf({ replyLanguage: 'en', ...config }),
    shape: () => ({ maxTextLength: 100, markdown }),
    sendsLeft: async () => undefined,
    outgoing: { keepText: async (name, text) => ({ blob: text, name }) },
  })
const unlimited = () => new ReplyBudget(undefined, 100)
const textsOf = (parts: Awaited<ReturnType<Composer['reply']>>) =>
  parts.map((part) => ('text' in part ? part.text : part.file.blob))

describe('what a chat cannot show', () => {
  it.each([
    ['colours of a terminal', '\u001b[31mred\u001b[0m and \u001b[1;32mgreen\u001b[m', 'red and green'],
    ['a link of a terminal', '\u001b]8;;https://a.example\u0007here\u001b]8;;\u0007', 'here'],
    ['a one-byte escape', '\u009b31mred', 'red'],
    ['NUL, backspace and DEL', 'a\u0000b\u0008c\u007fd', 'abcd'],
    ['half a character', 'a\ud83d', 'a\ufffd'],
    ['other line breaks', 'a\r\nb\rc\u000bd\u000ce\u0085f', 'a\nb\nc\nd\ne\nf'],
  ])('is removed: %s', async (_name, written, expected) => {
    expect(sendable(written)).toBe(expected)
    expect(textsOf(await composerFor('none').reply(written, unlimited(), ''))).toEqual([expected])
    expect(textsOf(composerFor('none').plain(written))).toEqual([expected])
  })

  it('leaves newlines, tabs, emoji and joiners', () => {
    const text = '1\tone\n👨\u200d👩\u200d👧 नमस्\u200dते'
    expect(sendable(text)).toBe(text)
  })

  it.each(['\u200b', ' \u2060\ufeff\n\u200d', '\u3164', '\u0000\u001b[31m'])(
    'is no answer: %j',
    async (text) => {
      for (const markdown of ['subset', 'none'] as const) {
        expect(await composerFor(markdown).reply(text, unlimited(), '')).toEqual([])
        expect(composerFor(markdown).plain(text)).toEqual([])
      }
    },
  )

  it('is in no message, whatever the answer is', async () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        '\u001b[1m',
        '\u0000',
        '\r',
        '\u200b',
        '&#27;',
        '&#x200b;',
        '**',
        '`',
        '\n\n',
        '| a |\n|---|\n',
      ),
      fc.constantFrom(
        '```\n',
        '\u200b'.repeat(120),
        ' '.repeat(120),
        'word '.repeat(30),
        '你好，'.repeat(40),
      ),
    )
    const reply = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(reply, fc.constantFrom('subset', 'none'), async (text, markdown) => {
        const composer = composerFor(markdown)
        for (const part of [...(await composer.reply(text, unlimited(), '')), ...composer.plain(text)]) {
          if ('file' in part) continue
          expect(part.text).not.toMatch(/[^\P{Cc}\n\t]|\p{Cs}/u)
          expect(part.text).toMatch(/[^\s\p{Default_Ignorable_Code_Point}]/u)
          expect(part.text.length).toBeLessThanOrEqual(100)
        }
      }),
    )
  })
})
