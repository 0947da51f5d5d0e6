import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxRow } from '../model/outbox.ts'
import { afterFailure } from '../outbound/outcome.ts'
import { sendFailure } from './send-failure.ts'

const nowMs = 1_000_000
const row: OutboxRow = {
  id: 1,
  conversation: withAlice,
  groupId: 'g',
  part: { text: 'hello' },
  clientId: 'c',
  purpose: 'answer',
  reason: '',
  state: 'attempted',
  createdMs: nowMs,
  attempt: { firstMs: nowMs, lastMs: nowMs, count: 1 },
  isCutOff: false,
  notBeforeMs: 0,
}

/** What becomes of a part whose send fails with these words. */
const outcomeOf = (words: string) =>
  afterFailure(row, sendFailure(new Error(words)), nowMs, nowMs + 24 * 60 * 60_000)

const offline = { state: 'parked', cause: 'offline' }
const later = { state: 'parked', cause: 'rate' }
const final = { state: 'failed' }

describe('the failed send of a foreign puppet', () => {
  it.each([
    ['14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:8788', offline],
    ['14 UNAVAILABLE: Name resolution failed for target dns:puppet.example', offline],
    ['connect ECONNREFUSED /run/puppet.sock', offline],
    ['16 UNAUTHENTICATED: Invalid Wechaty TOKEN', offline],
    ['7 PERMISSION_DENIED: the token has expired', offline],
    ['2 UNKNOWN: 1100 == 0', offline],
    ['2 UNKNOWN: Error: 1101 == 0\n    at messageSendText (/srv/puppet.js:1:1)', offline],
    ['1102 == 0', offline],
    ['8 RESOURCE_EXHAUSTED: quota of the tenant', { ...later, notBeforeMs: nowMs + 30_000 }],
    ['2 UNKNOWN: 1205 == 0', { ...later, notBeforeMs: nowMs + 30_000 }],
    ['AssertionError [ERR_ASSERTION]: 1205 == 0', { ...later, notBeforeMs: nowMs + 30_000 }],
    ['2 UNKNOWN: -1 == 0', { ...later, notBeforeMs: nowMs + 5_000 }],
    ['2 UNKNOWN: 1201 == 0', { ...later, notBeforeMs: nowMs + 5_000 }],
    ['12 UNIMPLEMENTED: The server does not implement the method', final],
    ['2 UNKNOWN: Wechaty Puppet Unsupported API Error. Learn More At https://github.com/wechaty', final],
    ['3 INVALID_ARGUMENT: conversationId', final],
    ['5 NOT_FOUND: no such contact', final],
    ['2 UNKNOWN: UserName not found', final],
    ['8 RESOURCE_EXHAUSTED: Attempted to send message with a size larger than 4194304', final],
  ])('is surely not sent: %s', (words, outcome) => {
    expect(outcomeOf(words)).toMatchObject(outcome)
  })

  it.each([
    '14 UNAVAILABLE: Connection dropped',
    '4 DEADLINE_EXCEEDED: Deadline exceeded',
    '1 CANCELLED: Cancelled on client',
    '13 INTERNAL: Received RST_STREAM with code 2',
    // The answer was too large, so there was one.
    '8 RESOURCE_EXHAUSTED: Received message larger than max (5000000 vs. 4194304)',
    '2 UNKNOWN: send fail',
    '2 UNKNOWN: any error of a puppet',
    '2 UNKNOWN: the count 3 == 0 is wrong',
    'read ECONNRESET',
    'socket hang up',
  ])('may have been sent: %s', (words) => {
    expect(sendFailure(new Error(words))).toMatchObject({ certain: false })
    expect(outcomeOf(words)).toMatchObject({ state: 'attempted' })
  })

  it('says what happened in words, without the prefix of gRPC and the stack of the server', () => {
    expect(outcomeOf('2 UNKNOWN: Error: odd\n    at messageSendText (/srv/puppet.js:1:1)').reason).toBe(
      'unknown: odd',
    )
    expect(outcomeOf('2 UNKNOWN: 1205 == 0').reason).toBe(
      'rate-limited: WeChat refused the message (1205): too many messages',
    )
    expect(outcomeOf('2 UNKNOWN: 1201 == 0').reason).toBe('refused: WeChat refused the message (1201)')
    expect(outcomeOf('2 UNKNOWN: UserName not found').reason).toBe('invalid-argument: UserName not found')
  })

  it.each(['no error at all', undefined, new MoltbotError('deadline', '1205 == 0', { certain: false })])(
    'is not read where it says itself, or is no error: %s',
    (thrown) => {
      expect(sendFailure(thrown)).toBe(thrown)
    },
  )
})
