import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DmPolicy } from '../config/resolve.ts'
import { type DirectFacts, decideDirect } from './direct.ts'

const account = (dmPolicy: DmPolicy, allowFrom: readonly string[] = []) => ({ dmPolicy, allowFrom })
const facts = (changes: Partial<DirectFacts> = {}): DirectFacts => ({
  senderId: 'o9Alice@im.wechat',
  approved: false,
  ownerId: undefined,
  ...changes,
})

describe('direct messages', () => {
  it.each([
    [
      'disabled drops everybody',
      account('disabled', ['*']),
      facts({ approved: true }),
      'drop',
      'dm-disabled',
    ],
    ['open passes everybody', account('open'), facts(), 'dispatch', 'dm-open'],
    [
      'an id in allowFrom passes',
      account('allowlist', ['o9Alice@im.wechat']),
      facts(),
      'dispatch',
      'dm-allowed',
    ],
    ['"*" admits everybody under pairing', account('pairing', ['*']), facts(), 'dispatch', 'dm-allowed'],
    ['"*" admits everybody under allowlist', account('allowlist', ['*']), facts(), 'dispatch', 'dm-allowed'],
    [
      'an approved sender passes under pairing',
      account('pairing'),
      facts({ approved: true }),
      'dispatch',
      'dm-approved',
    ],
    [
      'an approved sender passes under allowlist',
      account('allowlist'),
      facts({ approved: true }),
      'dispatch',
      'dm-approved',
    ],
    ['pairing answers a new sender with a code', account('pairing'), facts(), 'pair', 'dm-unknown-sender'],
    ['allowlist drops a new sender', account('allowlist'), facts(), 'drop', 'dm-unknown-sender'],
    [
      'the owner passes pairing',
      account('pairing'),
      facts({ ownerId: 'o9Alice@im.wechat' }),
      'dispatch',
      'dm-owner',
    ],
    [
      'the owner does not pass an allowlist',
      account('allowlist'),
      facts({ ownerId: 'o9Alice@im.wechat' }),
      'drop',
      'dm-unknown-sender',
    ],
    [
      'an empty sender id is dropped, even when open',
      account('open'),
      facts({ senderId: '' }),
      'drop',
      'no-sender',
    ],
  ] as const)('%s', (_sentence, config, given, action, reason) => {
    expect(decideDirect(config, given)).toMatchObject({ action, reason })
  })

  it.each([
    'O9ALICE@IM.WECHAT',
    'o9alice@im.wechat',
    ' o9Alice@im.wechat',
    'o9Alice@im.wechat\u200b',
    'ｏ9Alice@im.wechat',
  ])('never takes %j for an allowed id that differs in case, spaces, width or marks', (senderId) => {
    const config = account('allowlist', ['o9Alice@im.wechat'])
    expect(decideDirect(config, facts({ senderId })).action).toBe('drop')
  })

  it('an empty list admits nobody', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (senderId) => {
        expect(decideDirect(account('allowlist'), facts({ senderId })).action).toBe('drop')
        expect(decideDirect(account('pairing'), facts({ senderId })).action).toBe('pair')
      }),
    )
  })

  it('a stricter policy never admits more', () => {
    const strictness: readonly DmPolicy[] = ['disabled', 'allowlist', 'pairing', 'open']
    const id = fc.constantFrom('a', 'A', 'b', '*', '')
    fc.assert(
      fc.property(
        fc.array(id),
        id,
        fc.boolean(),
        fc.option(id, { nil: undefined }),
        (allowFrom, senderId, approved, ownerId) => {
          const admitted = strictness.map(
            (policy) =>
              decideDirect(account(policy, allowFrom), { senderId, approved, ownerId }).action === 'dispatch',
          )
          expect(admitted).toEqual([...admitted].sort())
        },
      ),
    )
  })
})
