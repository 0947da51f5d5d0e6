import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pairingId, peerId, senderOf, targetId } from './ids.ts'

describe('ids on their way to OpenClaw', () => {
  it('stay different when their case is lost (property)', () => {
    const id = fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '@', '.'), minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(peerId(one).toLowerCase() === peerId(other).toLowerCase()).toBe(one === other)
      }),
    )
  })

  it('say the login, where one counts', () => {
    expect(pairingId('u')).toBe('u')
    expect(pairingId('u', 'one')).not.toBe(pairingId('u', 'two'))
    expect(pairingId('u', 'one')).not.toContain('one')
    expect(senderOf(pairingId('oUser@im.wechat', 'one'))).toBe('oUser@im.wechat')
  })

  it.each(['oUser@im.wechat', 'wechaty:oUser@im.wechat', ' wechat:oUser@im.wechat', 'user:oUser@im.wechat'])(
    'come back from the target %s',
    (target) => {
      expect(targetId(target)).toBe('oUser@im.wechat')
    },
  )
})
