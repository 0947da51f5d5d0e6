import { describe, expect, it } from 'vitest'
import { accountOf, botId, groupId } from '../../test/policy.ts'
import { alice } from '../../test/samples.ts'
import { explainMessage } from './explain.ts'

const request = {
  accountId: 'default',
  conversation: { kind: 'group', id: groupId },
  senderId: alice,
  mentioned: false,
  text: '@小助手 hi',
} as const

function explained(groupAlias: (id: string) => Promise<string | undefined>) {
  const bot = { id: botId, name: 'My Bot', ownerId: undefined, groupAlias }
  const running = {
    bot,
    idStability: 'stable' as const,
    isApproved: async () => false,
    isOwnBot: () => false,
    leftOut: async () => undefined,
    turns: undefined,
    sending: undefined,
  }
  return explainMessage(accountOf({}), request, running)
}

it('uses the alias of the bot in the group', async () => {
  const { reason, steps } = await explained(async (id) => (id === groupId ? '小助手' : undefined))
  expect(reason).toBe('group-mentioned')
  expect(steps[0]?.detail).toContain('alias in this group: 小助手')
})

it('reports that the puppet could not read the alias', async () => {
  const { reason, steps } = await explained(() => Promise.reject(new Error('no answer within 3 s')))
  expect(reason).toBe('group-not-mentioned')
  expect(steps[0]?.detail).toContain('the alias in this group is unknown: no answer within 3 s')
})

describe('what a decision depends on besides the message', () => {
  const running = {
    bot: undefined,
    idStability: 'stable' as const,
    isApproved: async () => false,
    isOwnBot: () => false,
    leftOut: async () => undefined,
    turns: undefined,
    sending: undefined,
  }
  const direct = { ...request, conversation: { kind: 'direct', id: alice } } as const

  it.each([
    [direct, 'drop', 'dm-own-bot'],
    [{ ...request, mentioned: true }, 'record', 'group-own-bot'],
  ])('is whether the sender is another account of this gateway', async (asked, action, reason) => {
    const account = accountOf({ dmPolicy: 'open' })
    expect(
      await explainMessage(account, asked, { ...running, isOwnBot: (id) => id === alice }),
    ).toMatchObject({
      action,
      reason,
    })
  })

  it.each([
    [2, 'dispatch', 'dm-open'],
    [3, 'record', 'turns-per-hour'],
  ])('is how many turns the conversation had: %i of 3', async (had, action, reason) => {
    const turns = { limit: () => 3, lastHour: async () => had }
    const { steps, ...decision } = await explainMessage(accountOf({ dmPolicy: 'open' }), direct, {
      ...running,
      turns,
    })
    expect(decision).toEqual({ action, reason, ...(action === 'dispatch' && { tools: [] }) })
    expect(steps.at(-1)).toEqual({
      step: 'turnsPerHour',
      outcome: action,
      detail: `${had} of 3 within the last hour`,
    })
  })

  it('says what the model was not given for the last answer there', async () => {
    const leftOut = {
      exchanges: 4,
      messages: 0,
      tools: ['search', 'delete'],
      pictures: true,
      voices: false,
      texts: false,
      streaming: true,
    }
    const asked: unknown[] = []
    const { steps } = await explainMessage(accountOf({ dmPolicy: 'open' }), direct, {
      ...running,
      leftOut: async (...place) => {
        asked.push(place)
        return leftOut
      },
    })
    expect(asked).toEqual([[direct.conversation, alice]])
    expect(steps.filter(({ step }) => step === 'last answer').map(({ detail }) => detail)).toEqual([
      'written without older exchanges (4)',
      'written without pictures',
      'written without the tools search, delete',
      'asked for as a whole, because the provider does not stream',
    ])
  })

  const sending = (obstacle: string | undefined, parts = 0, reason = '') => ({
    obstacle,
    waitingIn: async () => ({ parts, reason }),
    sendsLeft: async (): Promise<number | undefined> => undefined,
  })

  it.each([
    [undefined, []],
    [0, ['nothing can be sent until the person writes']],
    [7, ['messages that can be sent until the person writes again: 7']],
  ])('says how many messages the backend still takes: %s', async (left, details) => {
    const facts = { ...sending(undefined), sendsLeft: async () => left }
    const { steps } = await explainMessage(accountOf({ dmPolicy: 'open' }), direct, {
      ...running,
      sending: facts,
    })
    expect(steps.filter(({ step }) => step === 'send budget').map(({ detail }) => detail)).toEqual(details)
  })

  it('has the scopes of the tools of a turn, and none for a message without one', async () => {
    const dms = { [alice]: { tools: { deny: ['send_file'] } } }
    const open = await explainMessage(accountOf({ dmPolicy: 'open', dms }), direct, running)
    expect(open.tools).toEqual([{ deny: ['send_file'] }])
    const closed = await explainMessage(accountOf({ dmPolicy: 'disabled', dms }), direct, running)
    expect(closed).not.toHaveProperty('tools')
  })

  it.each([
    [sending(undefined), 'continue', 'nothing waits'],
    [sending(undefined, 2), 'continue', 'waiting in this chat: 2'],
    [sending(undefined, 2, 'quota: used up'), 'continue', 'waiting in this chat: 2; quota: used up'],
    [sending('the account pauses', 2), 'wait', 'the account pauses'],
  ])('says whether an answer could be sent', async (facts, outcome, detail) => {
    const account = accountOf({ dmPolicy: 'open' })
    const { steps } = await explainMessage(account, direct, { ...running, sending: facts })
    expect(steps.at(-1)).toEqual({ step: 'sending', outcome, detail })
  })

  it('does not look at sending for a message that is not answered', async () => {
    const account = accountOf({ dmPolicy: 'disabled' })
    const { steps } = await explainMessage(account, direct, { ...running, sending: sending('pause') })
    expect(steps.map(({ step }) => step)).not.toContain('sending')
  })

  it.each([
    ['ilink', 'groups-not-possible'],
    ['wechat', 'group-not-mentioned'],
    ['wechaty-puppet-of-mine', 'group-not-mentioned'],
  ])('is whether %s has groups: %s', async (puppet, reason) => {
    expect(await explainMessage(accountOf({ puppet }), request, running)).toMatchObject({ reason })
  })
})
