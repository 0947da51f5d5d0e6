import type { AccountStatus } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { alice, messageFrom, withAlice } from '../../test/samples.ts'
import type { WebhookConfig } from '../config/webhooks-schema.ts'
import type { OutboxRow } from '../model/outbox.ts'
import {
  eventsFor,
  failedEvent,
  type Happening,
  maxTextLength,
  receivedEvent,
  sentEvent,
  stateEvent,
} from './events.ts'

const webhook: WebhookConfig = {
  url: 'https://a.example/?key=k3y',
  events: ['message.received', 'message.sent', 'message.failed', 'account.state'],
  secret: 's',
}
const withTexts: WebhookConfig = { ...webhook, url: 'https://b.example', includeTexts: true }
const body = (happening: Happening, of = webhook) => JSON.parse(eventsFor([of], happening)[0]?.body ?? '')

const message = messageFrom(alice, 'm1', { sender: { id: alice, label: 'Alice' } })
const decision = { action: 'dispatch', reason: 'dm-approved' }
const row: OutboxRow = {
  id: 1,
  conversation: withAlice,
  groupId: 'turn1',
  part: { text: 'the answer' },
  clientId: 'moltbot-1',
  purpose: 'answer',
  state: 'attempted',
  reason: '',
  createdMs: 1,
  attempt: undefined,
  isCutOff: false,
  notBeforeMs: 0,
}
const file: OutboxRow = { ...row, part: { file: { blob: 'run.1', name: 'plan.pdf' } } }

describe('the event of a message', () => {
  it('has ids and the decision, and no words', () => {
    expect(body(receivedEvent(message, decision))).toEqual({
      type: 'message.received',
      timestamp: '2023-11-14T22:13:20.000Z',
      data: {
        accountId: 'default',
        conversation: withAlice,
        messageId: 'm1',
        senderId: alice,
        kind: 'text',
        action: 'dispatch',
        reason: 'dm-approved',
      },
    })
  })

  it('has the words where the webhook asks for them, cut at whole characters', () => {
    expect(body(receivedEvent(message, decision), withTexts).data.content).toEqual({
      text: 'text of m1',
      senderName: 'Alice',
    })
    const long = { ...message, text: `${'x'.repeat(maxTextLength - 1)}😀` }
    const { content } = body(receivedEvent(long, decision), withTexts).data
    expect(content).toMatchObject({ isTextCut: true })
    expect(content.text).toHaveLength(maxTextLength)
    expect(content.text.isWellFormed()).toBe(true)
    expect(body(receivedEvent({ ...message, isBare: true }, decision), withTexts).data.content).toEqual({
      senderName: 'Alice',
    })
  })

  it('has the same id whenever it is made, and another one for another message', () => {
    const idOf = (changes: object) => receivedEvent({ ...message, ...changes }, decision).id
    expect(idOf({})).toBe(idOf({ text: 'x' }))
    expect(idOf({})).toMatch(/^evt_[\w-]{27}$/)
    const others = [{ id: 'm2' }, { accountId: 'b' }, { conversation: { kind: 'group', id: alice } }]
    expect(new Set([...others.map(idOf), idOf({})]).size).toBe(4)
  })
})

describe('the event of a part', () => {
  it.each([
    [row, 'text', { text: 'the answer' }],
    [file, 'file', { fileName: 'plan.pdf' }],
  ])('that was sent', (sent, kind, content) => {
    const data = {
      accountId: 'a',
      conversation: withAlice,
      partId: 'moltbot-1',
      groupId: 'turn1',
      purpose: 'answer',
      kind,
    }
    expect(body(sentEvent('a', sent, 0))).toMatchObject({ type: 'message.sent', data })
    expect(body(sentEvent('a', sent, 0)).data).toEqual(data)
    expect(body(sentEvent('a', sent, 0), withTexts).data).toEqual({ ...data, content })
  })

  it('that was given up has the code of the reason, whose words may name people', () => {
    const failed = failedEvent('a', row, { state: 'failed', reason: `too-large: for ${alice}` }, 0)
    if (failed === undefined) throw new Error('no event')
    expect(body(failed).data).toMatchObject({ state: 'failed', code: 'too-large' })
    expect(JSON.stringify(body(failed).data)).not.toContain('for ')
  })

  it('is none while it is tried again', () => {
    const parked = { state: 'parked', cause: 'rate', notBeforeMs: 1, reason: 'x' } as const
    expect(failedEvent('a', row, parked, 0)).toBeUndefined()
    expect(failedEvent('a', row, { state: 'attempted', notBeforeMs: 1, reason: 'x' }, 0)).toBeUndefined()
  })
})

it('the event of an account has no QR code: who has it can log in', () => {
  const status: AccountStatus = {
    accountId: 'a',
    puppet: 'p',
    state: 'scan',
    sinceMs: 0,
    reason: 'scan it',
    nextAction: 'scan',
    qr: 'https://login.example/secret',
  }
  expect(body(stateEvent(status)).data).toEqual({
    accountId: 'a',
    puppet: 'p',
    state: 'scan',
    reason: 'scan it',
    nextAction: 'scan',
  })
})

it('a webhook gets what it asked for', () => {
  const one: WebhookConfig = { ...webhook, events: ['account.state'] }
  expect(eventsFor([one, withTexts], receivedEvent(message, decision))).toHaveLength(1)
})
