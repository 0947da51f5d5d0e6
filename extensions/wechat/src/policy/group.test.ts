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
    ['open is the default and any group is heard', {}, mentioned, 'dispatch', 'group-mentioned'],
    [
      'under open, keys without "*" are the list',
      { groups: { other: {} } },
      mentioned,
      'drop',
      'group-not-listed',
    ],
    ['and a group in it is heard', { groups: { [groupId]: {} } }, mentioned, 'dispatch', 'group-mentioned'],
    [
      'under open, keys beside "*" are no list',
      { groups: { other: {}, '*': {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'allowlist without groups hears none',
      { groupPolicy: 'allowlist' },
      mentioned,
      'drop',
      'group-not-listed',
    ],
    [
      'allowlist hears only the keys of groups',
      { groupPolicy: 'allowlist', groups: { other: {} } },
      mentioned,
      'drop',
      'group-not-listed',
    ],
    [
      'allowlist hears a group in groups',
      { groupPolicy: 'allowlist', groups: { [groupId]: {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'allowlist hears all with "*"',
      { groupPolicy: 'allowlist', groups: { '*': {} } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'disabled hears none',
      { groupPolicy: 'disabled', groups: { [groupId]: {}, '*': {} } },
      mentioned,
      'drop',
      'group-policy-disabled',
    ],
    [
      'a group may be switched off',
      { groups: { [groupId]: { enabled: false }, '*': {} } },
      mentioned,
      'drop',
      'group-disabled',
      groupId,
    ],
    [
      'all groups may be switched off',
      { groups: { '*': { enabled: false } } },
      mentioned,
      'drop',
      'group-disabled',
      '*',
    ],
    [
      'and one of them on again: a specific entry is laid over "*"',
      { groups: { '*': { enabled: false }, [groupId]: { enabled: true } } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'key by key: what it leaves out is as in "*"',
      { groups: { '*': { enabled: false }, [groupId]: { requireMention: false } } },
      mentioned,
      'drop',
      'group-disabled',
      groupId,
    ],
    ['a mention is needed by default', {}, {}, 'record', 'group-not-mentioned'],
    [
      'unless the group says otherwise',
      { groups: { [groupId]: { requireMention: false } } },
      {},
      'dispatch',
      'group-mention-not-needed',
    ],
    ['or all groups do', { groups: everyMessage }, {}, 'dispatch', 'group-mention-not-needed'],
    [
      'or all do, but not this one',
      { groups: { ...everyMessage, [groupId]: { requireMention: true } } },
      {},
      'record',
      'group-not-mentioned',
    ],
    [
      'without groupAllowFrom anyone in an admitted group is heard',
      {},
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'an id in groupAllowFrom is heard',
      { groupAllowFrom: [alice] },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      '"*" in groupAllowFrom is everybody',
      { groupAllowFrom: ['*'] },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'anybody else is dropped, not recorded, mention or not',
      { groupAllowFrom: ['o9Bob'] },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'so their messages are left out of the history',
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
      "a group's own allowFrom goes before groupAllowFrom",
      { groupAllowFrom: ['o9Bob'], groups: { [groupId]: { allowFrom: [alice] } } },
      mentioned,
      'dispatch',
      'group-mentioned',
    ],
    [
      'also where it says less',
      { groupAllowFrom: [alice], groups: { [groupId]: { allowFrom: ['o9Bob'] } } },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'or nothing at all',
      { groupAllowFrom: ['*'], groups: { '*': { allowFrom: [] } } },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'pairing approvals never count in groups',
      { groupAllowFrom: ['o9Bob'] },
      { ...mentioned, approved: true },
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'nor does it help to own the bot',
      { groupAllowFrom: ['o9Bob'] },
      { ...mentioned, ownerId: alice },
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'nor does allowFrom',
      { allowFrom: [alice, '*'], groupAllowFrom: ['o9Bob'] },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    ['dmPolicy has no say in groups', { dmPolicy: 'disabled' }, mentioned, 'dispatch', 'group-mentioned'],
    [
      'a group id never satisfies a sender list',
      { groupAllowFrom: [groupId] },
      mentioned,
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'even where the backend gives the group for the sender',
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
      'where ids change at every login, no entry by id can match',
      { groupPolicy: 'allowlist', groups: { [groupId]: {} } },
      { ...session, ...mentioned },
      'drop',
      'group-not-listed',
    ],
    [
      'but "*" holds',
      { groups: { [groupId]: { requireMention: false }, '*': {} } },
      session,
      'record',
      'group-not-mentioned',
    ],
    [
      'no sender by id can match either',
      { groupAllowFrom: [alice] },
      { ...session, ...mentioned },
      'drop',
      'group-sender-not-allowed',
    ],
    [
      'alias: entries match the remark',
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

  it('a direct chat is not let in by the name of its conversation', () => {
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

  it('come from its own entry, then "*", then the account, then the defaults, key by key', () => {
    expect(groupRules(account, groupId, 'stable')).toEqual({
      listedAs: groupId,
      enabled: true,
      requireMention: true,
      allowFrom: new Set([alice]),
      historyLimit: 5,
      systemPrompt: '',
      mentionPatterns: new MentionPatterns([]),
    })
  })

  it.each([
    ['another group', 'R2', 'stable'],
    ['any group under ids that do not last', groupId, 'session'],
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
    })
  })
})
