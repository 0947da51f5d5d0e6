/**
 * What becomes of each kind of part after each failure that a puppet can report. The wire's answers behind these codes go the
 * whole way in test/refusals.test.ts.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxPart, OutboxPurpose, OutboxRow } from '../model/outbox.ts'
import { lossNotice } from './loss.ts'
import { fileDelayedNotice, fileLostNotice, textLostNotice } from './notices.ts'
import { afterFailure, expiryOf, type ReplyAges } from './outcome.ts'

const nowMs = 1_000_000
const hourMs = 60 * 60_000
const ages: ReplyAges = { direct: 24 * hourMs, group: hourMs / 2 }

const parts: Readonly<Record<string, OutboxPart>> = {
  'short text': { text: 'yes' },
  'long text': { text: 'x'.repeat(2_000) },
  image: { file: { blob: 'b', name: 'chart.png' } },
  file: { file: { blob: 'b', name: 'report.pdf' } },
}
const purposes: readonly OutboxPurpose[] = ['answer', 'notice', 'manual', 'loss']

interface Expected {
  readonly certain: boolean
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly becomes: object
  /** The first pause, where time ends the wait. Undefined: the part's whole life. */
  readonly pauseMs?: number
  /** What the person is told at once of an answer that is late or lost. */
  readonly tells?: 'late file' | 'lost'
}

const final = { certain: true, retryable: false, becomes: { state: 'failed' }, tells: 'lost' } as const
const untilHeard = { certain: true, retryable: true } as const
const offline = {
  certain: true,
  retryable: true,
  becomes: { state: 'parked', cause: 'offline' },
  pauseMs: 5_000,
} as const
const passing = {
  certain: true,
  retryable: true,
  becomes: { state: 'parked', cause: 'rate' },
  pauseMs: 5_000,
  tells: 'late file',
} as const
const inDoubt = { certain: false, retryable: true, becomes: { state: 'attempted' }, pauseMs: 1_000 } as const

const failures: Readonly<Record<string, Expected>> = {
  quota: { ...untilHeard, becomes: { state: 'parked', cause: 'quota' } },
  'window-closed': { ...untilHeard, becomes: { state: 'parked', cause: 'window' } },
  'rate-limited': {
    certain: true,
    retryable: true,
    retryAfterMs: 30_000,
    becomes: { state: 'parked', cause: 'rate' },
    pauseMs: 30_000,
  },
  refused: passing,
  'media-unavailable': passing,
  'a code of another puppet': passing,
  'invalid-argument': final,
  'media-too-large': final,
  'session-expired': offline,
  'not-logged-in': offline,
  'puppet-unreachable': offline,
  unconfirmed: inDoubt,
  'empty-response': inDoubt,
  'bad-response': inDoubt,
  timeout: inDoubt,
  network: inDoubt,
}

const cases = Object.entries(failures).flatMap(([code, expected]) =>
  Object.entries(parts).flatMap(([kind, part]) =>
    purposes.map((purpose) => ({ code, kind, purpose, part, expected })),
  ),
)

describe('after a failure', () => {
  it.each(cases)('$code, a $kind ($purpose) waits for what cures it', ({ code, purpose, part, expected }) => {
    const { certain, retryable, retryAfterMs, becomes, pauseMs, tells } = expected
    const row = rowOf(part, purpose)
    const thrown = Object.assign(new MoltbotError(code, 'in words', { certain, retryable }), { retryAfterMs })
    const expiryMs = expiryOf(row, ages)
    const unsent = afterFailure(row, thrown, nowMs, expiryMs)
    const notBeforeMs = pauseMs === undefined ? expiryMs + 1 : nowMs + pauseMs
    const waits = unsent.state === 'failed' ? {} : { notBeforeMs }
    expect(unsent).toEqual({ ...becomes, ...waits, reason: `${code}: in words` })
    const isReported =
      purpose === 'answer' && (tells === 'lost' || (tells === 'late file' && 'file' in row.part))
    expect(lossNotice(row, unsent, thrown)).toEqual(isReported ? noticeOf(row.part, tells) : undefined)
  })
})

function rowOf(part: OutboxPart, purpose: OutboxPurpose): OutboxRow {
  return {
    id: 1,
    conversation: withAlice,
    groupId: 'g',
    part,
    clientId: 'c',
    purpose,
    reason: '',
    state: 'attempted',
    createdMs: nowMs,
    attempt: { firstMs: nowMs, lastMs: nowMs, count: 1 },
    isCutOff: false,
    notBeforeMs: 0,
  }
}

function noticeOf(part: OutboxPart, tells: 'late file' | 'lost') {
  if (!('file' in part)) return textLostNotice
  return tells === 'lost' ? fileLostNotice(part.file.name) : fileDelayedNotice(part.file.name)
}
