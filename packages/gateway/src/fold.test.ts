import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { fitted, widthOf, wrapped } from './fold.ts'

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

it('begins a line with a word that is wider than the terminal, which folds it and keeps it whole to a click', () => {
  const path = '/a'.repeat(60)
  expect(wrapped(`see ${path} there`)).toEqual(['see', path, '  there'])
})

describe('a line for a terminal', () => {
  it.each([
    ['fits', '  model    builtin/echo', ['  model    builtin/echo']],
    [
      'has columns',
      '  problem  the last 3 answers failed, check the key',
      ['  problem  the last 3 answers', '           failed, check the', '           key'],
    ],
    [
      'names a command',
      'no gateway is running; start one: npx moltbot gateway run',
      ['no gateway is running; start', '  one: npx moltbot gateway run'],
    ],
    ['has none', 'no gateway is running on /root/.moltbot', ['no gateway is running on', '  /root/.moltbot']],
    [
      'has a last column with little room',
      'account       -         logged in as somebody',
      ['account       -         logged', '              in as somebody'],
    ],
    [
      'is Chinese',
      '  问题     最近三次回答都失败了，请检查密钥',
      ['  问题     最近三次回答都失败', '           了，请检查密钥'],
    ],
  ])('that %s', (_, line, folded) => {
    expect(fitted(line, 30)).toEqual(folded)
  })
})

it.each([
  [{ isTTY: true, columns: 120 }, { COLUMNS: '40' }, 120],
  [{ isTTY: true, columns: 0 }, {}, Number.POSITIVE_INFINITY],
  [{}, { COLUMNS: '40' }, 40],
  [{}, { COLUMNS: 'wide' }, Number.POSITIVE_INFINITY],
  [{}, {}, Number.POSITIVE_INFINITY],
])('the width of %j with %j is %d', (stream, env, width) => {
  expect(widthOf(stream, env)).toBe(width)
})
