import { describe, expect, it } from 'vitest'
import { accountOf, directMessage, groupId, groupMessage, lookalikes } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import { MentionPatterns } from '../config/patterns.ts'
import { decide } from './decide.ts'
import type { MessageFacts } from './facts.ts'
import { groupRules } from './rules.ts'

type Row = [
  sentence: string,
  config: object,
  message: Partial<MessageFacts>,
  action: string,
  reason: string,
  matched?: string,
]

const session = { idStability: 'session' } as const
const mentioned = { text: '@My Bot hello' }
const everyMessage = { '*': { requireMention: false } }

describe('groups', () => {
  it.each<Row>([
    ['open is the default and admits every group', {}, mentioned, 'dispatch', 'group-mentioned'],
    [
      'open admits only the keys of groups if "*" is not one of them',
      { groups: { other: {} } },
      mentioned,
      'drop',
      'group-not-listed',
    ],
    [
      'open admits a group in groups',
      { groups: { [groupId]: {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'open admits every group if "*" is one of the keys',
      { groups: { other: {}, '*': {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'allowlist without groups admits no group',
      { groupPolicy: 'allowlist' },
      mentioned,
      'drop',
      'group-not-listed',
    ],
    [
      'allowlist admits only the keys of groups',
      { groupPolicy: 'allowlist', groups: { other: {} } },
      mentioned,
      'drop',
      'group-not-listed',
    ],
    [
      'allowlist admits a group in groups',
      { groupPolicy: 'allowlist', groups: { [groupId]: {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'allowlist admits every group with "*"',
      { groupPolicy: 'allowlist', groups: { '*': {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'disabled admits no group',
      { groupPolicy: 'disabled', groups: { [groupId]: {}, '*': {} } },
      mentioned,
      'drop',
      'group-policy-disabled',
    ],
    [
      'a group can be disabled',
      { groups: { [groupId]: { enabled: false }, '*': {} } },
      mentioned,
      'drop',
      'group-disabled',
      groupId,
    ],
    [
      'every group can be disabled',
      { groups: { '*': { enabled: false } } },
      mentioned,
      'drop',
      'group-disabled',
      '*',
    ],
    [
      'the entry of a group overrides "*"',
      { groups: { '*': { enabled: false }, [groupId]: { enabled: true } } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'a key that the entry of a group does not have comes from "*"',
      { groups: { '*': { enabled: false }, [groupId]: { requireMention: false } } },
      mentioned,
      'drop',
      'group-disabled',
      groupId,
    ],
    ['a mention is required by default', {}, {}, 'record', 'group-not-mentioned'],
    [
      'a group can require no mention',
      { groups: { [groupId]: { requireMention: false } } },
      {},
      'dispatch',
      'group-mention-not-needed',
    ],
    ['"*" can require no mention', { groups: everyMessage }, {}, 'dispatch', 'group-mention-not-needed'],
    [
      'a group can require a mention although "*" does not',
      { groups: { ...everyMessage, [groupId]: { requireMention: true } } },
      {},
      'record',
      'group-not-mentioned',
    ],
    [
      'every member of an admitted group is admitted without groupAllowFrom',
      {},
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'groupAllowFrom admits an id in it',
      { groupAllowFrom: [alice] },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      '"*" in groupAllowFrom admits every sender',
      { groupAllowFrom: ['*'] },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'a message of any other sender is dropped, even with a mention',
      { groupAllowFrom: ['o9Bob'] },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'a message of any other sender is not recorded in the history',
      { groupAllowFrom: ['o9Bob'] },
      {},
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'an empty groupAllowFrom hears no one',
      { groupAllowFrom: [], groups: everyMessage },
      {},
      'drop',
      'group-sender-not-allowed',
    ],
    [
      "a group's own allowFrom replaces groupAllowFrom",
      { groupAllowFrom: ['o9Bob'], groups: { [groupId]: { allowFrom: [alice] } } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      "a group's own allowFrom may admit fewer senders",
      { groupAllowFrom: [alice], groups: { [groupId]: { allowFrom: ['o9Bob'] } } },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'an empty allowFrom of a group admits no sender',
      { groupAllowFrom: ['*'], groups: { '*': { allowFrom: [] } } },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'an approval has no effect in groups',
      { groupAllowFrom: ['o9Bob'] },
      { ...mentioned, approved: true },
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'ownership has no effect in groups',
      { groupAllowFrom: ['o9Bob'] },
      { ...mentioned, ownerId: alice },
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'allowFrom has no effect in groups',
      { allowFrom: [alice, '*'], groupAllowFrom: ['o9Bob'] },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    ['dmPolicy has no effect in groups', { dmPolicy: 'disabled' }, mentioned, 'dispatch', 'group-mentioned'],
    [
      'the id of a group matches no list of senders',
      { groupAllowFrom: [groupId] },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'a message whose sender is the group is dropped',
      { groupAllowFrom: [groupId, '*'], groups: everyMessage },
      { senderId: groupId },
      'drop',
      'no-sender',
    ],
    [
      'a message without a sender is dropped',
      { groups: everyMessage },
      { senderId: '' },
      'drop',
      'no-sender',
    ],
    [
      'a message without a group is dropped',
      { groups: everyMessage },
      { conversationId: '' },
      'drop',
      'no-conversation',
    ],
    [
      'a group id cannot match if ids change at every login',
      { groupPolicy: 'allowlist', groups: { [groupId]: {} } },
      { ...session, ...mentioned },
      'drop',
      'group-not-listed',
    ],
    [
      '"*" applies if ids change at every login',
      { groups: { [groupId]: { requireMention: false }, '*': {} } },
      session,
      'record',
      'group-not-mentioned',
    ],
    [
      'a sender id cannot match if ids change at every login',
      { groupAllowFrom: [alice] },
      { ...session, ...mentioned },
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'an alias: entry matches the remark',
      { groupAllowFrom: ['alias:Old friend'] },
      { ...session, ...mentioned, alias: 'Old friend' },
      'dispatch',
      'group-mentioned',
    ],
  ])('%s', (_sentence, config, message, action, reason, matched) => {
    const { mention: _, ...decision } = decide(accountOf(config), groupMessage(message))
    expect(decision).toEqual({ action, reason, ...(matched !== undefined && { matched }) })
  })

  it.each(lookalikes(alice))('%j is not the sender in the list', (senderId) => {
    const account = accountOf({ groupAllowFrom: [alice], groups: everyMessage })
    expect(decide(account, groupMessage({ senderId })).action).toBe('drop')
  })

  it.each(lookalikes(groupId))('%j is not the group in the list', (conversationId) => {
    const account = accountOf({ groupPolicy: 'allowlist', groups: { [groupId]: { requireMention: false } } })
    expect(decide(account, groupMessage({ conversationId })).action).toBe('drop')
  })

  it('the id of a conversation does not admit a direct chat', () => {
    const account = accountOf({ dmPolicy: 'allowlist', groups: { [groupId]: { requireMention: false } } })
    expect(decide(account, directMessage({ conversationId: groupId })).action).toBe('drop')
  })
})

describe('the rules of a group', () => {
  const account = accountOf({
    historyLimit: 7,
    mentionPatterns: ['account'],
    groupAllowFrom: ['o9Bob'],
    groups: {
      '*': { historyLimit: 5, systemPrompt: 'for all', allowFrom: [alice] },
      [groupId]: { systemPrompt: '', mentionPatterns: [] },
    },
  })

  it('come key by key from its own entry, "*", the account and the defaults', () => {
    expect(groupRules(account, groupId, 'stable')).toEqual({
      listedAs: groupId,
      enabled: true,
      requireMention: true,
      allowFrom: new Set([alice]),
      historyLimit: 5,
      systemPrompt: '',
      mentionPatterns: new MentionPatterns([]),
      answerOwnBots: false,
    })
  })

  it.each([
    ['another group', 'R2', 'stable'],
    ['any group if ids change at every login', groupId, 'session'],
  ] as const)('of %s come from "*"', (_whose, id, idStability) => {
    expect(groupRules(account, id, idStability)).toMatchObject({
      listedAs: '*',
      systemPrompt: 'for all',
      mentionPatterns: new MentionPatterns(['account']),
    })
  })

  it('are the defaults where none is configured', () => {
    expect(groupRules(accountOf({}), groupId, 'stable')).toEqual({
      listedAs: undefined,
      enabled: true,
      requireMention: true,
      allowFrom: undefined,
      historyLimit: 20,
      systemPrompt: undefined,
      mentionPatterns: new MentionPatterns([]),
      answerOwnBots: false,
    })
  })
})
