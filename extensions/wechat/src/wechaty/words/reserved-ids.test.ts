import { expect, it } from 'vitest'
import { isReservedId } from './reserved-ids.ts'

it.each([
  'weixin',
  'fmessage',
  'newsapp',
  'filehelper',
  'medianote',
  'floatbottle',
  'qqmail',
  'gh_3dfda90e39d6',
  'x@kefu.openim',
])('%s is no person', (id) => {
  expect(isReservedId(id)).toBe(true)
})

it.each([
  'wxid_ann',
  '@0a1b2c',
  'o9cq80abcdef@im.wechat',
  '25984981@openim',
  '1@chatroom',
  'weixin_fan',
  'my_gh_1',
  '',
])('%j may be one', (id) => {
  expect(isReservedId(id)).toBe(false)
})
