import { describe, expect, it } from 'vitest'
import { accountOf, directMessage, groupId, groupMessage } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import { namesCommand, parseCommand } from './commands.ts'
import { decide } from './decide.ts'
import type { MessageFacts } from './facts.ts'

describe('a command', () => {
  it.each(['help', 'new', 'status', 'stop'])('is /%s alone in a message', (command) => {
    expect(parseCommand(`/${command}`)).toBe(command)
    expect(parseCommand(` /${command.toUpperCase()}\n`)).toBe(command)
  })

  it.each([
    ['a full-width slash', '／status'],
    ['full-width letters', '／ＳＴＡＴＵＳ'],
    ['letters of both widths', '/sｔatｕs'],
    ['white space of either width', '\u3000／status\u2005'],
    ['invisible marks around it', '\u200b/status\ufeff'],
  ])('may have %s', (_, text) => {
    expect(parseCommand(text)).toBe('status')
    expect(namesCommand(text)).toBe(true)
  })

  it('is found in no text of 200,000 spaces or slashes', () => {
    expect(parseCommand(`${' '.repeat(200_000)}/stop x`)).toBeUndefined()
    expect(parseCommand(`${'／'.repeat(200_000)}`)).toBeUndefined()
  })

  it.each([
    '',
    '/',
    '／',
    '／status now',
    '／／help',
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
    ['an id in allowFrom may give commands', { allowFrom: [alice] }, {}, 'dm-allowed', 'stop'],
    ['an approved sender may give commands', {}, { approved: true }, 'dm-approved', 'stop'],
    ['the owner may give commands', {}, { ownerId: alice }, 'dm-owner', 'stop'],
    [
      'an approved sender may give commands under open',
      { dmPolicy: 'open' },
      { approved: true },
      'dm-open',
      'stop',
    ],
    [
      'a sender may be listed by remark if ids change at every login',
      { allowFrom: ['alias:A'] },
      { idStability: 'session', alias: 'A' },
      'dm-allowed',
      'stop',
    ],
    ['a command from a stranger under open is text', { dmPolicy: 'open' }, {}, 'dm-open'],
    ['a command from a stranger admitted by "*" is text', { allowFrom: ['*'] }, {}, 'dm-allowed'],
    [
      'the policy comes first: a bot that is off takes no commands',
      { dmPolicy: 'disabled', allowFrom: [alice] },
      { approved: true },
      'dm-disabled',
    ],
    [
      'no command of the owner is accepted if the allowlist does not list the owner',
      { dmPolicy: 'allowlist' },
      { ownerId: alice },
      'dm-unknown-sender',
    ],
    [
      'groupAllowFrom gives no permission in direct chats',
      { dmPolicy: 'open', groupAllowFrom: [alice] },
      {},
      'dm-open',
    ],
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
    ['a command in full width is one', listed, { text: '@My Bot\u2005／ｓｔｏｐ' }, 'group-command', 'stop'],
    ['a command for another bot is none', listed, { text: '@Other /stop' }, 'group-not-mentioned'],
    ['a group that hears everyone takes commands from no one', {}, {}, 'group-command-refused'],
    ['nor does one that hears "*"', { groupAllowFrom: ['*'] }, {}, 'group-command-refused'],
    [
      'a command that is not permitted is dropped even with a mention',
      {},
      { text: '@My Bot /stop' },
      'group-command-refused',
    ],
    [
      'a command that is not permitted is dropped if no mention is required',
      { groups: { '*': { requireMention: false } } },
      {},
      'group-command-refused',
    ],
    [
      'approvals, allowFrom and ownership give no permission in groups',
      { allowFrom: [alice] },
      { approved: true, ownerId: alice },
      'group-command-refused',
    ],
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
