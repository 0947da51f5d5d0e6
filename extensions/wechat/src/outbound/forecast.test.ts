import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ForecastFacts, forecastOf, refusalFor } from './forecast.ts'

const nowMs = 1_000_000
const open = { openedMs: nowMs - 1_000, closesMs: nowMs + 1_000, left: 3 }
const fine: ForecastFacts = {
  refusal: undefined,
  offline: undefined,
  pause: undefined,
  isSilent: false,
  window: open,
  waiting: 0,
  nowMs,
}
const pause = { sinceMs: nowMs - 10, untilMs: nowMs + 10 }
const offline = { reason: 'the account is scan', sinceMs: 5 }

describe('a forecast', () => {
  it.each<[string, Partial<ForecastFacts>, object]>([
    ['an open window', {}, { outcome: 'sent', window: open }],
    ['a backend without windows', { window: undefined }, { outcome: 'sent' }],
    ['what is queued already', { waiting: 2 }, { outcome: 'sent', window: { ...open, left: 1 } }],
    ['somebody who never wrote', { window: 'never' }, { outcome: 'queued', wait: { cause: 'window' } }],
    [
      'a closed window',
      { window: { ...open, closesMs: nowMs } },
      { outcome: 'queued', wait: { cause: 'window', sinceMs: nowMs } },
    ],
    ['used-up sends', { window: { ...open, left: 0 } }, { outcome: 'queued', wait: { cause: 'quota' } }],
    ['sends that the queue will use', { waiting: 3 }, { outcome: 'queued', wait: { cause: 'quota' } }],
    ['a pause', { pause }, { outcome: 'queued', wait: { cause: 'rate', ...pause } }],
    ['no connection', { offline }, { outcome: 'queued', wait: { cause: 'offline', ...offline } }],
    ['a silent account', { isSilent: true }, { outcome: 'queued', wait: { cause: 'unconfirmed' } }],
    [
      'a closed window of an account without a connection',
      { offline, window: 'never' },
      { outcome: 'queued', wait: { cause: 'window' } },
    ],
    [
      'somebody who is not admitted',
      { refusal: 'why', window: 'never', offline },
      { outcome: 'refused', code: 'not-admitted', reason: 'why' },
    ],
  ])('takes into account: %s', (_, facts, forecast) => {
    expect(forecastOf({ ...fine, ...facts })).toMatchObject(forecast)
  })

  it('says "sent" only where nothing at all stands against it', () => {
    const facts = fc.record({
      refusal: fc.option(fc.constant('why'), { nil: undefined }),
      offline: fc.option(fc.constant(offline), { nil: undefined }),
      pause: fc.option(fc.constant(pause), { nil: undefined }),
      isSilent: fc.boolean(),
      window: fc.option(
        fc.oneof(
          fc.constant('never' as const),
          fc.record({ openedMs: fc.constant(0), closesMs: fc.nat(2 * nowMs), left: fc.nat(3) }),
        ),
        { nil: undefined },
      ),
      waiting: fc.nat(4),
      nowMs: fc.constant(nowMs),
    })
    fc.assert(
      fc.property(facts, (given) => {
        const { refusal, offline, pause, isSilent, window, waiting } = given
        const isOpen =
          window === undefined || (window !== 'never' && window.closesMs > nowMs && window.left - waiting > 0)
        const isFree = refusal === undefined && offline === undefined && pause === undefined && !isSilent
        expect(forecastOf(given).outcome === 'sent').toBe(isOpen && isFree)
      }),
    )
  })
})

describe('a person whom the policy does not know', () => {
  const ann = { kind: 'direct', id: 'ann' } as const
  const refusal = (reason: string, isLoggedIn: boolean) =>
    refusalFor(ann, async () => ({ action: 'drop', reason, steps: [] }), isLoggedIn)

  it('is refused, but may be the owner until the account is logged in', async () => {
    expect(await refusal('dm-unknown-sender', true)).toBe('this person is not admitted (dm-unknown-sender)')
    expect(await refusal('dm-unknown-sender', false)).toBeUndefined()
    expect(await refusal('dm-disabled', false)).toBe('this person is not admitted (dm-disabled)')
  })
})
