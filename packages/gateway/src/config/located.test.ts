import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPath, parsePath } from './located.ts'

test('a path is written as people write it', () => {
  expect(formatPath([])).toBe('')
  expect(formatPath(['channels', 'wechat', 'groups', '*', 'tools', 0])).toBe(
    'channels.wechat.groups.*.tools[0]',
  )
  expect(formatPath(['dms', 'r@1.x y', 'a"b'])).toBe('dms["r@1.x y"]["a\\"b"]')
})

test.each(['a..b', 'a.', 'a[', 'a[x]', 'a["x]', 'a b'])('%j is no path', (text) => {
  expect(parsePath(text)).toBeUndefined()
})

test('reading a written path gives the path', () => {
  const key = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.nat())
  fc.assert(
    fc.property(fc.array(key), (path) => {
      expect(parsePath(formatPath(path))).toEqual(path)
    }),
  )
})
