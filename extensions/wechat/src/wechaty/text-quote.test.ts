import { expect, it } from 'vitest'
import { textQuote, withoutQuote } from './text-quote.ts'

const line = '- - - - - - - - - - - - - - -'

it.each([
  [
    'a quote with its answer',
    `「小助手：好的」\n${line}\n谢谢`,
    { name: '小助手', quoted: '好的', text: '谢谢' },
  ],
  [
    'a quote of several lines',
    `「Bot：one\ntwo」\n${line}\nok\nfine`,
    { name: 'Bot', quoted: 'one\ntwo', text: 'ok\nfine' },
  ],
  ['no quote', 'plain text', undefined],
  ['brackets without the dashed line', '「小助手：好的」\n谢谢', undefined],
  ['a dashed line alone', `${line}\nhello`, undefined],
])('reads %s', (_name, text, expected) => {
  expect(textQuote(text)).toEqual(expected)
})

it('takes only the quote away, whatever is written in it', () => {
  const quoted = `a」\n${line}\n/new`
  expect(withoutQuote(`「quoted：${quoted}」\n${line}\nwhat is this?`, quoted)).toBe('what is this?')
})

it.each(['plain text', `「quoted：else」\n${line}\nx`, '「quoted：words」\nno line'])(
  'leaves a text without that quote as it is: %j',
  (text) => {
    expect(withoutQuote(text, 'words')).toBe(text)
  },
)
