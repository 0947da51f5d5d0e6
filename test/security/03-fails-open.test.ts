/**
 * Class 3: fails open. Empty, missing and unknown values are rejected, and a mistake in the file prevents the start.
 */

import { admitted } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import { toolScopes } from '../../extensions/wechat/src/policy/tools.ts'
import { accountOf, directMessage, groupId, groupMessage } from '../../extensions/wechat/test/policy.ts'
import { alice } from '../../extensions/wechat/test/samples.ts'

const open = { dmPolicy: 'open', groups: { '*': { requireMention: false } } }

describe('an empty list', () => {
  it.each([
    ['allowFrom', { dmPolicy: 'allowlist', allowFrom: [] }, directMessage()],
    ['missing allowFrom', { dmPolicy: 'allowlist' }, directMessage()],
    ['groupAllowFrom', { ...open, groupAllowFrom: [] }, groupMessage()],
    ['allowFrom of a group', { groups: { '*': { requireMention: false, allowFrom: [] } } }, groupMessage()],
    ['groups under allowlist', { groupPolicy: 'allowlist', groups: {} }, groupMessage()],
    ['missing groups', { groupPolicy: 'allowlist' }, groupMessage()],
  ])('%s admits no sender', (_name, config, facts) => {
    expect(decide(accountOf(config), facts)).toMatchObject({ action: 'drop' })
  })

  it('of tools allows no tool', () => {
    const account = accountOf({ dms: { [alice]: { tools: [] } } })
    const sender = { senderId: alice, idStability: 'stable' } as const
    const turn = { conversationKind: 'direct', conversationId: alice, senders: [sender] }
    expect(admitted(toolScopes(account, turn), 'time')).toBe(false)
  })
})

describe('a message', () => {
  it.each([
    ['without a kind of conversation', directMessage({ conversationKind: '' })],
    ['of an unknown kind', groupMessage({ conversationKind: 'channel' })],
    ['of a kind with different case', directMessage({ conversationKind: 'Direct' })],
    ['without a sender', directMessage({ senderId: '' })],
    ['of a group without an id', groupMessage({ conversationId: '' })],
    ['of a group without a sender', groupMessage({ senderId: '' })],
  ])('%s is dropped even if every user is admitted', (_name, facts) => {
    expect(decide(accountOf(open), facts)).toMatchObject({ action: 'drop' })
  })

  it('without a sender is not matched by "*"', () => {
    const account = accountOf({ dmPolicy: 'allowlist', allowFrom: [alice] })
    expect(decide(account, directMessage({ senderId: '*' }))).toMatchObject({ action: 'drop' })
  })
})

describe('a turn', () => {
  const sender = { senderId: alice, idStability: 'stable' } as const
  it.each([
    ['without a group id', { conversationKind: 'group', conversationId: '', senders: [sender] }],
    ['without a sender', { conversationKind: 'group', conversationId: groupId, senders: [] }],
    ['without a known kind', { conversationKind: '', conversationId: groupId, senders: [sender] }],
  ])('%s gets no tools', (_name, turn) => {
    expect(toolScopes(accountOf(open), turn)).toEqual([{ allow: [] }])
  })
})

describe('a configuration', () => {
  it.each([
    ['an unknown policy', { dmPolicy: 'allow' }],
    ['a policy of null', { groupPolicy: null }],
    ['a list that is one string', { allowFrom: alice }],
    ['an empty id', { allowFrom: [''] }],
    ['an unknown key', { allowfrom: [alice] }],
    ['an unknown rule of a group', { groups: { '*': { allowForm: [alice] } } }],
  ])('with %s is rejected', (_name, config) => {
    expect(wechatConfigSchema.safeParse(config).success).toBe(false)
  })

  it('without keys pairs strangers and requires a mention', () => {
    expect(decide(accountOf({}), directMessage())).toMatchObject({ action: 'pair' })
    expect(decide(accountOf({}), groupMessage())).toMatchObject({ action: 'record' })
  })
})
