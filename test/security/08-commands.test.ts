/**
 * Class 8: commands bypass the policy. The gate comes first, for every kind of message, and an admitted sender is not
 * necessarily permitted.
 */

import { describe, expect, it } from 'vitest'
import { commands } from '../../extensions/wechat/src/policy/commands.ts'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import { factsOf } from '../../extensions/wechat/src/policy/facts.ts'
import {
  accountOf,
  directMessage,
  groupId,
  groupMessage,
  stranger,
} from '../../extensions/wechat/test/policy.ts'
import { alice, messageFrom } from '../../extensions/wechat/test/samples.ts'

const bob = 'o9Bob@im.wechat'

describe.each(commands)('/%s', (command) => {
  const text = `/${command}`

  it.each([
    ['a stranger under an allowlist', { dmPolicy: 'allowlist' }, 'drop'],
    ['a stranger under pairing', { dmPolicy: 'pairing' }, 'pair'],
    ['a sender with disabled direct chats', { dmPolicy: 'disabled', allowFrom: [alice] }, 'drop'],
  ])('from %s is not a command', (_name, config, action) => {
    const decision = decide(accountOf(config), directMessage({ text }))
    expect(decision).toMatchObject({ action })
    expect(decision).not.toHaveProperty('command')
  })

  it.each([
    ['an open account', { dmPolicy: 'open' }],
    ['"*"', { dmPolicy: 'allowlist', allowFrom: ['*'] }],
  ])('from a sender that only %s admits is text', (_name, config) => {
    const decision = decide(accountOf(config), directMessage({ text }))
    expect(decision).toMatchObject({ action: 'dispatch' })
    expect(decision).not.toHaveProperty('command')
  })

  it.each([
    ['a disabled group', { groups: { [groupId]: { enabled: false, allowFrom: [alice] } } }],
    ['a group that is not listed', { groups: { R2: {} }, groupAllowFrom: [alice] }],
    ['a group that admits others', { groupAllowFrom: [bob] }],
    ['a group that admits every user', { groupAllowFrom: ['*'] }],
  ])('in %s is dropped, even with a mention', (_name, config) => {
    const account = accountOf(config)
    expect(decide(account, groupMessage({ text }))).toMatchObject({ action: 'drop' })
    expect(decide(account, groupMessage({ text: `@My Bot ${text}` }))).toMatchObject({ action: 'drop' })
  })

  it('from a sender listed by id is run', () => {
    const account = accountOf({ dmPolicy: 'allowlist', allowFrom: [alice], groupAllowFrom: [alice] })
    expect(decide(account, directMessage({ text }))).toMatchObject({ command })
    expect(decide(account, groupMessage({ text }))).toMatchObject({ command })
  })
})

it.each(['text', 'image', 'voice', 'file', 'video'] as const)(
  'the gate is the same for a message of the kind %s',
  (kind) => {
    const account = accountOf({ dmPolicy: 'allowlist', allowFrom: [alice] })
    expect(decide(account, factsOf(messageFrom(bob, 'm1', { kind }), stranger))).toMatchObject({
      action: 'drop',
    })
    expect(decide(account, factsOf(messageFrom(alice, 'm1', { kind }), stranger))).toMatchObject({
      action: 'dispatch',
    })
  },
)
