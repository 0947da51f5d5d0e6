import { expect, it } from 'vitest'
import { outboxFindings } from './outbox-check.ts'

const nowMs = Date.parse('2026-11-28T12:00:00Z')
const hour = 3_600_000
const item = (reason: string, ageMs: number, state = 'parked') => ({
  accountId: 'home',
  state,
  reason,
  createdMs: nowMs - ageMs,
})
const none = { waiting: [], failed: [] }

it('says that all is sent', () => {
  expect(outboxFindings(none, nowMs)).toMatchObject([{ status: 'ok' }])
})

it.each([
  ['window-closed: a has to write first', 20 * hour, 'ok', 'when the person writes again'],
  ['quota: used up', 20 * hour, 'ok', 'when the person writes again'],
  ['rate-limited: too many messages', 0.5 * hour, 'ok', 'the account pauses'],
  ['rate-limited: too many messages', 2 * hour, 'problem', 'the account pauses'],
  ['network: the connection failed', 2 * hour, 'problem', 'check the network'],
  ['session-expired: scan', 2 * hour, 'problem', 'moltbot channels login --account home'],
  ['', 2 * hour, 'problem', 'moltbot outbox list --account home'],
])('%j for %s ms: %s', (reason, ageMs, status, advice) => {
  const [finding] = outboxFindings({ ...none, waiting: [item(reason, ageMs)] }, nowMs)
  expect(finding).toMatchObject({ status, advice: expect.stringContaining(advice) })
})

it('counts those with one cause together, and names the oldest', () => {
  const waiting = [item('network: b', 2 * hour), item('network: a', 5 * hour), item('quota: c', hour)]
  expect(outboxFindings({ ...none, waiting }, nowMs).map(({ message }) => message)).toEqual([
    'home: 2 waiting, the oldest for 5 h; network: a',
    'home: 1 waiting; quota: c',
  ])
})

it('warns of what was given up within a day only', () => {
  const failed = [item('refused: x', hour, 'failed'), item('refused: y', 30 * hour, 'failed')]
  expect(outboxFindings({ ...none, failed }, nowMs)).toMatchObject([
    { status: 'warning', message: 'home: 1 given up in the last 24 hours; refused: x' },
  ])
})
