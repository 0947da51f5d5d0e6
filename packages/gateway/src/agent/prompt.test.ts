import type { Turn } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maxHistoryLength, messagesFor } from './prompt.ts'

const turn: Turn = {
  id: 't',
  channelId: 'wechat',
  accountId: 'a',
  conversation: { kind: 'direct', id: 'u1' },
  sender: { id: 'u1', label: 'Ann' },
  messages: [{ id: 'm', text: 'now', timestampMs: 0 }],
  historyLimit: 0,
}
const exchange = (user: string, assistant: string) => ({ turnId: user, user, assistant, atMs: 0 })
const now = { role: 'user', content: 'now' }

describe('messagesFor', () => {
  it('puts earlier exchanges before the turn, oldest first', () => {
    expect(messagesFor(turn, [exchange('1', 'one'), exchange('2', 'two')])).toEqual([
      { role: 'user', content: '1' },
      { role: 'assistant', content: 'one' },
      { role: 'user', content: '2' },
      { role: 'assistant', content: 'two' },
      now,
    ])
  })

  it('leaves the oldest exchanges out, and only them, where all would be too long', () => {
    const length = fc.integer({ min: 0, max: maxHistoryLength })
    fc.assert(
      fc.property(fc.array(length, { maxLength: 8 }), (lengths) => {
        const history = lengths.map((size) => exchange('', 'x'.repeat(size)))
        const kept = messagesFor(turn, history).filter(({ role }) => role === 'assistant')
        const keptLengths = kept.map(({ content }) => content.length)
        const sum = keptLengths.reduce((total, size) => total + size, 0)
        expect(keptLengths).toEqual(lengths.slice(lengths.length - kept.length))
        expect(sum).toBeLessThanOrEqual(maxHistoryLength)
        const next = lengths[lengths.length - kept.length - 1]
        if (next !== undefined) expect(sum + next).toBeGreaterThan(maxHistoryLength)
      }),
      { verbose: true },
    )
  })
})
