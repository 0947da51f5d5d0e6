import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf, directMessage, lookalikes } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import { decide } from './decide.ts'
import type { MessageFacts } from './facts.ts'

type Row = [
  sentence: string,
  config: object,
  message: Partial<MessageFacts>,
  action: string,
  reason: string,
  matched?: string,
]

const session = { idStability: 'session' } as const

describe('direct messages', () => {
  it.each<Row>([
    ['pairing is the default', {}, {}, 'pair', 'dm-unknown-sender'],
    [
      'disabled drops every sender',
      { dmPolicy: 'disabled', allowFrom: ['*', alice] },
      { approved: true, ownerId: alice },
      'drop',
      'dm-disabled',
    ],
    ['open admits every sender', { dmPolicy: 'open' }, {}, 'dispatch', 'dm-open'],
    [
      'allowlist admits an id in allowFrom',
      { dmPolicy: 'allowlist', allowFrom: [alice] },
      {},
      'dispatch',
      'dm-allowed',
      alice,
    ],
    [
      'pairing admits an id in allowFrom',
      { allowFrom: ['o9Bob', alice] },
      {},
      'dispatch',
      'dm-allowed',
      alice,
    ],
    [
      'allowlist admits an approved sender',
      { dmPolicy: 'allowlist' },
      { approved: true },
      'dispatch',
      'dm-approved',
    ],
    ['pairing admits an approved sender', {}, { approved: true }, 'dispatch', 'dm-approved'],
    [
      'pairing answers a new sender with a code',
      { dmPolicy: 'pairing', allowFrom: ['o9Bob'] },
      {},
      'pair',
      'dm-unknown-sender',
    ],
    [
      'the message that requests pairing is not processed, even if it is a command',
      {},
      { text: '/help' },
      'pair',
      'dm-unknown-sender',
    ],
    [
      'allowlist drops silently',
      { dmPolicy: 'allowlist', allowFrom: ['o9Bob'] },
      {},
      'drop',
      'dm-unknown-sender',
    ],
    [
      '"*" in allowFrom admits every sender under pairing',
      { allowFrom: ['*'] },
      {},
      'dispatch',
      'dm-allowed',
      '*',
    ],
    [
      '"*" in allowFrom admits every sender under allowlist',
      { dmPolicy: 'allowlist', allowFrom: ['*'] },
      {},
      'dispatch',
      'dm-allowed',
      '*',
    ],
    [
      'an empty list admits no one',
      { dmPolicy: 'allowlist', allowFrom: [] },
      {},
      'drop',
      'dm-unknown-sender',
    ],
    [
      'a missing conversation kind is dropped',
      { dmPolicy: 'open' },
      { conversationKind: '' },
      'drop',
      'no-conversation',
    ],
    [
      'an unknown conversation kind is dropped, never treated as direct',
      { dmPolicy: 'open' },
      { conversationKind: 'Direct' },
      'drop',
      'no-conversation',
    ],
    ['a sender without an id is dropped', { dmPolicy: 'open' }, { senderId: '' }, 'drop', 'no-sender'],
    [
      'entries are trimmed and their prefixes removed',
      { allowFrom: [` wx:user: ${alice} `] },
      {},
      'dispatch',
      'dm-allowed',
      alice,
    ],
    ['the owner needs no pairing', {}, { ownerId: alice }, 'dispatch', 'dm-owner'],
    [
      'an allowlist does not admit the owner',
      { dmPolicy: 'allowlist' },
      { ownerId: alice },
      'drop',
      'dm-unknown-sender',
    ],
    [
      'an unknown owner matches no sender',
      {},
      { ownerId: undefined, senderId: 'undefined' },
      'pair',
      'dm-unknown-sender',
    ],
    [
      'an id cannot match if ids change at every login',
      { allowFrom: [alice] },
      session,
      'pair',
      'dm-unknown-sender',
    ],
    [
      'an alias: entry matches the remark if ids change at every login',
      { allowFrom: ['alias: Old friend'] },
      { ...session, alias: 'Old friend' },
      'dispatch',
      'dm-allowed',
      'alias:Old friend',
    ],
    [
      'a remark is compared exactly',
      { allowFrom: ['alias:Old friend'] },
      { ...session, alias: 'old friend' },
      'pair',
      'dm-unknown-sender',
    ],
    [
      'a sender without a remark matches no alias: entry',
      { allowFrom: ['alias:x'] },
      { ...session, alias: '' },
      'pair',
      'dm-unknown-sender',
    ],
    [
      'an alias: entry matches nothing if ids are stable',
      { allowFrom: ['alias:Old friend'] },
      { alias: 'Old friend' },
      'pair',
      'dm-unknown-sender',
    ],
    [
      'an id that looks like an alias: entry admits no one',
      { allowFrom: ['alias:Old friend'] },
      { senderId: 'alias:Old friend' },
      'pair',
      'dm-unknown-sender',
    ],
    [
      'groupAllowFrom admits no one to a direct chat',
      { groupAllowFrom: [alice, '*'], groups: { '*': { allowFrom: [alice] } } },
      {},
      'pair',
      'dm-unknown-sender',
    ],
  ])('%s', (_sentence, config, message, action, reason, matched) => {
    const decision = decide(accountOf(config), directMessage(message))
    expect(decision).toEqual({ action, reason, ...(matched !== undefined && { matched }) })
  })

  it.each(lookalikes(alice))('%j is not the id in the list', (senderId) => {
    const account = accountOf({ dmPolicy: 'allowlist', allowFrom: [alice] })
    expect(decide(account, directMessage({ senderId })).action).toBe('drop')
  })

  it('an empty list admits no sender', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (senderId) => {
        const message = directMessage({ senderId })
        expect(decide(accountOf({ dmPolicy: 'allowlist' }), message).action).toBe('drop')
        expect(decide(accountOf({ dmPolicy: 'pairing' }), message).action).toBe('pair')
      }),
    )
  })
})
