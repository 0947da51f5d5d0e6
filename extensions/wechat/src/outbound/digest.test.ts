import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withAlice } from '../../test/samples.ts'
import type { OutboxRow } from '../model/outbox.ts'
import { digestOf } from './digest.ts'

const row = (text: string, id: number): OutboxRow => ({
  id,
  conversation: withAlice,
  groupId: `g${id}`,
  part: { text },
  clientId: `c${id}`,
  purpose: 'scheduled',
  state: 'queued',
  reason: '',
  createdMs: id * 60_000,
  attempt: undefined,
  isCutOff: false,
  notBeforeMs: 0,
})
const heading = (count: number) => `${count} messages:`

describe('a digest', () => {
  it('fits into one message, and has whole texts from the first one on, in their order', () => {
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(texts, fc.integer({ min: 20, max: 400 }), (all, limit) => {
        const waiting = all.map(row)
        const { text, rows } = digestOf(waiting, heading, limit)
        expect(rows).toEqual(waiting.slice(0, rows.length))
        if (rows.length > 0) expect(text.length).toBeLessThanOrEqual(limit)
        const bodies = text.split('\n\n').slice(1)
        if (all.every((one) => !one.includes('\n')))
          expect(bodies.map((body) => body.slice('11-28 08:00 '.length))).toEqual(all.slice(0, rows.length))
      }),
    )
  })
})
