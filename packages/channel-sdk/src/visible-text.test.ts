import { expect, it } from 'vitest'
import { hasVisibleText } from './visible-text.ts'

it.each([
  ['nothing', ''],
  ['white space', ' \t\r\n\u3000\u00a0\u2003\u2028'],
  ['zero-width characters', '\u200b\u200c\u200d\u2060\ufeff'],
  ['direction marks and soft hyphens', '\u200e\u202e\u2066\u00ad'],
  ['variation selectors and tags', '\ufe0f\u{e0041}\u{e007f}'],
  ['fillers of Hangul and Braille', '\u3164\u115f\uffa0\u2800'],
  ['control characters', '\u0000\u001b\u007f\u009b'],
  ['half a character', '\ud83d'],
])('sees nothing in %s', (_name, text) => {
  expect(hasVisibleText(text)).toBe(false)
})

it.each(['a', '好', '👍', '👨\u200d👩\u200d👧', '。', '1\ufe0f\u20e3', '\u200bx\u200b', '---'])(
  'sees %j',
  (text) => {
    expect(hasVisibleText(text)).toBe(true)
  },
)
