/**
 * Class 2: direct-message trust leaks into groups. An approval, the owner and `allowFrom` count in direct chats only,
 * and a group's id is no sender's.
 */

import { describe, expect, it } from 'vitest'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import { accountOf, directMessage, groupId, groupMessage } from '../../extensions/wechat/test/policy.ts'
import { alice } from '../../extensions/wechat/test/samples.ts'

const bob = 'o9Bob@im.wechat'
const account = accountOf({ dmPolicy: 'pairing', allowFrom: [alice], groupAllowFrom: [bob] })

/** What opens a direct chat, each alone. */
const trust = [
  ['is in allowFrom', { senderId: alice }],
  ['was approved', { senderId: 'o9Carol@im.wechat', approved: true }],
  ['owns the bot', { senderId: 'o9Owner@im.wechat', ownerId: 'o9Owner@im.wechat' }],
] as const

describe.each(trust)('who %s', (_name, facts) => {
  it('is heard in a direct chat and not in a group that lists others', () => {
    expect(decide(account, directMessage(facts))).toMatchObject({ action: 'dispatch' })
    expect(decide(account, groupMessage({ ...facts, text: '@My Bot hello' }))).toEqual({
      action: 'drop',
      reason: 'group-sender-not-allowed',
    })
  })

  it('may give no command in a group that hears everybody', () => {
    const open = accountOf({ allowFrom: [alice], groups: { '*': { requireMention: false } } })
    expect(decide(open, directMessage({ ...facts, text: '/new' }))).toMatchObject({ command: 'new' })
    expect(decide(open, groupMessage({ ...facts, text: '/new' }))).toEqual({
      action: 'drop',
      reason: 'group-command-refused',
    })
  })
})

describe('the id of a group', () => {
  const listed = accountOf({
    dmPolicy: 'allowlist',
    allowFrom: [groupId],
    groupAllowFrom: [groupId],
    groups: { [groupId]: { requireMention: false } },
  })

  it('in a list of senders admits no member', () => {
    expect(decide(listed, groupMessage())).toMatchObject({ reason: 'group-sender-not-allowed' })
  })

  it('in the place of the sender satisfies no list', () => {
    expect(decide(listed, groupMessage({ senderId: groupId }))).toMatchObject({ reason: 'no-sender' })
  })

  it('in a direct chat opens nothing for who only shares the group', () => {
    expect(decide(listed, directMessage({ conversationId: groupId }))).toMatchObject({ action: 'drop' })
  })
})

it('trust in a group is none in a direct chat', () => {
  expect(decide(account, directMessage({ senderId: bob }))).toMatchObject({ action: 'pair' })
})
