import { describe, expect, it } from 'vitest'
import { accountOf, directMessage, groupId, groupMessage } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import { parseCommand } from './commands.ts'
import { decide } from './decide.ts'
import type { MessageFacts } from './facts.ts'

describe('a command', () => {
  it.each(['help', 'new', 'status', 'stop'])('is /%s alone in a message', (command) => {
    expect(parseCommand(`/${command}`)).toBe(command)
    expect(parseCommand(` /${command.toUpperCase()}\n`)).toBe(command)
  })

  it.each([
    '',
    '/',
    'help',
    '/help me',
    'please /stop',
    '//help',
    '/newer',
    '/new\n/stop',
    '/ help',
    '/constructor',
  ])('is not %j', (text) => {
    expect(parseCommand(text)).toBeUndefined()
  })
})

type Row = [
  sentence: string,
  config: object,
  message: Partial<MessageFacts>,
  reason: string,
  command?: string,
]

describe('in a direct chat', () => {
  it.each<Row>([
    ['an id in allowFrom is obeyed', { allowFrom: [alice] }, {}, 'dm-allowed', 'stop'],
    ['who was approved is obeyed', {}, { approved: true }, 'dm-approved', 'stop'],
    ['the owner is obeyed', {}, { ownerId: alice }, 'dm-owner', 'stop'],
    ['each of them under open too', { dmPolicy: 'open' }, { approved: true }, 'dm-open', 'stop'],
    [
      'a remark is as good as an id where ids change',
      { allowFrom: ['alias:A'] },
      { idStability: 'session', alias: 'A' },
      'dm-allowed',
      'stop',
    ],
    ['a stranger whom open admits writes text', { dmPolicy: 'open' }, {}, 'dm-open'],
    ['so does a stranger whom "*" admits', { allowFrom: ['*'] }, {}, 'dm-allowed'],
    [
      'the policy comes first: a bot that is off takes no commands',
      { dmPolicy: 'disabled', allowFrom: [alice] },
      { approved: true },
      'dm-disabled',
    ],
    [
      'nor one whose list leaves the owner out',
      { dmPolicy: 'allowlist' },
      { ownerId: alice },
      'dm-unknown-sender',
    ],
    ['being heard in groups is no right here', { dmPolicy: 'open', groupAllowFrom: [alice] }, {}, 'dm-open'],
  ])('%s', (_sentence, config, message, reason, command) => {
    const decision = decide(accountOf(config), directMessage({ text: '/stop', ...message }))
    expect([decision.reason, decision.command]).toEqual([reason, command])
  })
})

describe('in a group', () => {
  const listed = { groupAllowFrom: [alice] }

  it.each<Row>([
    ['a command of a sender in groupAllowFrom needs no mention', listed, {}, 'group-command', 'stop'],
    ['and with one', listed, { text: '@My Bot\u2005/stop' }, 'group-command', 'stop'],
    [
      "a sender in the group's allowFrom may give commands",
      { groups: { [groupId]: { allowFrom: [alice] } } },
      {},
      'group-command',
      'stop',
    ],
    ['a command for another bot is none', listed, { text: '@Other /stop' }, 'group-not-mentioned'],
    ['a group that hears everyone takes commands from no one', {}, {}, 'group-command-refused'],
    ['nor does one that hears "*"', { groupAllowFrom: ['*'] }, {}, 'group-command-refused'],
    [
      'an unauthorised command is dropped although it mentions the bot',
      {},
      { text: '@My Bot /stop' },
      'group-command-refused',
    ],
    [
      'and where no mention is needed',
      { groups: { '*': { requireMention: false } } },
      {},
      'group-command-refused',
    ],
    [
      'approvals, allowFrom and owning the bot count in direct chats only',
      { allowFrom: [alice] },
      { approved: true, ownerId: alice },
      'group-command-refused',
    ],
    ['the policy comes first: a group', { ...listed, groupPolicy: 'disabled' }, {}, 'group-policy-disabled'],
    ['and a sender', { groupAllowFrom: ['o9Bob'] }, {}, 'group-sender-not-allowed'],
    [
      "a group's own list replaces groupAllowFrom",
      { ...listed, groups: { '*': { allowFrom: ['*'] } } },
      {},
      'group-command-refused',
    ],
  ])('%s', (_sentence, config, message, reason, command) => {
    const decision = decide(accountOf(config), groupMessage({ text: '/stop', ...message }))
    expect([decision.reason, decision.command]).toEqual([reason, command])
  })
})
