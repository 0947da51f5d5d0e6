/**
 * Class 2: direct-message trust leaks into groups. Approvals, ownership and `allowFrom` have an effect in direct chats only,
 * and the id of a group is not the id of a sender.
 */

import { describe, expect, it } from 'vitest'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import { accountOf, directMessage, groupId, groupMessage } from '../../extensions/wechat/test/policy.ts'
import { alice } from '../../extensions/wechat/test/samples.ts'

const bob = 'o9Bob@im.wechat'
const account = accountOf({ dmPolicy: 'pairing', allowFrom: [alice], groupAllowFrom: [bob] })

/** Facts that each admit a sender to a direct chat. */
const trust = [
  ['is in allowFrom', { senderId: alice }],
  ['was approved', { senderId: 'o9Carol@im.wechat', approved: true }],
  ['owns the bot', { senderId: 'o9Owner@im.wechat', ownerId: 'o9Owner@im.wechat' }],
] as const

describe.each(trust)('a sender who %s', (_name, facts) => {
  it('is admitted in a direct chat and not in a group that lists others', () => {
    expect(decide(account, directMessage(facts))).toMatchObject({ action: 'dispatch' })
    expect(decide(account, groupMessage({ ...facts, text: '@My Bot hello' }))).toEqual({
      action: 'drop',
      reason: 'group-sender-not-allowed',
    })
  })

  it('may give no command in a group that admits every user', () => {
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

  it('as the sender matches no list', () => {
    expect(decide(listed, groupMessage({ senderId: groupId }))).toMatchObject({ reason: 'no-sender' })
  })

  it('does not admit its members to a direct chat', () => {
    expect(decide(listed, directMessage({ conversationId: groupId }))).toMatchObject({ action: 'drop' })
  })
})

it('permissions of a group have no effect in a direct chat', () => {
  expect(decide(account, directMessage({ senderId: bob }))).toMatchObject({ action: 'pair' })
})
