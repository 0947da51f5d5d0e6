/**
 * Class 1: an allowlist that matches a name that users can change. Lists contain ids; `alias:` is the owner's own remark.
 */

import { describe, expect, it } from 'vitest'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import { factsOf } from '../../extensions/wechat/src/policy/facts.ts'
import { toolScopes } from '../../extensions/wechat/src/policy/tools.ts'
import {
  accountOf,
  directMessage,
  groupId,
  groupMessage,
  lookalikes,
  stranger,
} from '../../extensions/wechat/test/policy.ts'
import { alice, messageFrom } from '../../extensions/wechat/test/samples.ts'

const mallory = 'o9Mallory@im.wechat'
const onlyAlice = accountOf({
  dmPolicy: 'allowlist',
  allowFrom: [alice],
  groups: { [groupId]: { allowFrom: [alice], requireMention: false } },
})

describe('a sender with the name of a listed user', () => {
  it('is rejected in a direct chat, while the listed user is admitted', () => {
    const posing = messageFrom(mallory, 'm1', { sender: { id: mallory, label: alice, alias: alice } })
    expect(decide(onlyAlice, factsOf(posing, stranger))).toMatchObject({ action: 'drop' })
    expect(decide(onlyAlice, factsOf(messageFrom(alice, 'm1'), stranger))).toMatchObject({ matched: alice })
  })

  it('is rejected in a group', () => {
    const conversation = { kind: 'group', id: groupId } as const
    const posing = messageFrom(mallory, 'm1', { conversation, sender: { id: mallory, label: alice } })
    expect(decide(onlyAlice, factsOf(posing, stranger))).toMatchObject({ reason: 'group-sender-not-allowed' })
  })

  it('does not get the tools of the listed user', () => {
    const account = accountOf({
      groups: { [groupId]: { toolsBySender: { [alice]: ['*'], '*': [] } } },
    })
    const sender = { senderId: mallory, alias: alice, idStability: 'stable' } as const
    const turn = { conversationKind: 'group', conversationId: groupId, senders: [sender] }
    expect(toolScopes(account, turn)).toEqual([{ allow: [] }])
  })

  it.each(lookalikes(alice))('is not admitted as %j', (senderId) => {
    expect(decide(onlyAlice, directMessage({ senderId }))).toMatchObject({ action: 'drop' })
    expect(decide(onlyAlice, groupMessage({ senderId }))).toMatchObject({ action: 'drop' })
  })
})

describe("the owner's remark", () => {
  const account = accountOf({ dmPolicy: 'allowlist', allowFrom: ['alias:Ann'] })

  it('matches if ids change at every login', () => {
    const ann = directMessage({ idStability: 'session', alias: 'Ann' })
    expect(decide(account, ann)).toMatchObject({ action: 'dispatch' })
  })

  it('does not match if ids are stable, and an id that looks like it does not match either', () => {
    expect(decide(account, directMessage({ alias: 'Ann' }))).toMatchObject({ action: 'drop' })
    expect(decide(account, directMessage({ senderId: 'alias:Ann' }))).toMatchObject({ action: 'drop' })
  })

  it('is not the name that a user chose', () => {
    const sender = { id: mallory, label: 'Ann' }
    const posing = messageFrom(mallory, 'm1', { idStability: 'session', sender })
    expect(decide(account, factsOf(posing, stranger))).toMatchObject({ action: 'drop' })
  })
})
