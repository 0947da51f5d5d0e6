import stringWidth from 'string-width'
import { expect, it } from 'vitest'
import { wrapped } from './columns.ts'

it.each([
  ['nothing', ''],
  ['short', '  a line that fits'],
  [
    'English',
    'wechat (wechaty-puppet-wechat): Web WeChat in a Chromium browser, with much memory. '.repeat(4),
  ],
  [
    'Chinese',
    '提醒：用“wechaty-puppet-wechat”登录的微信号会被警告、封号；建议改用腾讯官方的“ilink”。'.repeat(4),
  ],
])('wraps %s at 80 columns and loses nothing', (_, text) => {
  const lines = wrapped(text)
  const solid = (part: string) => part.replaceAll(/\s+/g, '')
  expect(solid(lines.join(''))).toBe(solid(text))
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(80)
  expect(lines.filter((line) => /^\s*[，。；：、”）]/u.test(line))).toEqual([])
})

it('does not break a word that is wider than the terminal', () => {
  const path = '/a'.repeat(60)
  expect(wrapped(`see ${path} there`)).toEqual(['see', `  ${path}`, '  there'])
})
