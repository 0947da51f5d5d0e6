import type { Turn } from '@moltbot/channel-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DmScope, type SessionScope, sessionKey } from './session-key.ts'

const turn = (accountId: string, id: string, kind: Turn['conversation']['kind'] = 'direct'): Turn => ({
  id: 't1',
  channelId: 'wechat',
  accountId,
  conversation: { kind, id },
  sender: { id },
  messages: [{ id: 'm1', sender: { id }, text: 'hello', timestampMs: 0 }],
  attempt: 1,
  historyLimit: 10,
})
const scope = (dmScope: DmScope, identityLinks: SessionScope['identityLinks'] = {}): SessionScope => ({
  agentId: 'main',
  dmScope,
  identityLinks,
})

describe('sessionKey', () => {
  it.each([
    ['per-account-channel-peer', 'agent:main:wechat:work:dm:U1@im.wechat'],
    ['per-channel-peer', 'agent:main:wechat:dm:U1@im.wechat'],
    ['per-peer', 'agent:main:dm:U1@im.wechat'],
    ['main', 'agent:main:main'],
  ] as const)('names a direct chat by %s', (dmScope, key) => {
    expect(sessionKey(turn('work', 'U1@im.wechat'), scope(dmScope))).toBe(key)
  })

  it('names a group by account and room, whatever the scope of direct chats', () => {
    expect(sessionKey(turn('work', 'r1@chatroom', 'group'), scope('main'))).toBe(
      'agent:main:wechat:work:group:r1@chatroom',
    )
  })

  it('merges the ids of a linked person, with or without the channel before them', () => {
    const linked = scope('per-peer', { ann: ['wechat:u1', 'u2'] })
    expect(sessionKey(turn('a', 'u1'), linked)).toBe('agent:main:dm:link:ann')
    expect(sessionKey(turn('a', 'u2'), linked)).toBe('agent:main:dm:link:ann')
    expect(sessionKey(turn('a', 'U2'), linked)).toBe('agent:main:dm:U2')
  })

  it('never lets two accounts, peers or kinds share a session, whatever their ids look like', () => {
    const id = fc.stringMatching(/^[ab:%@/]{1,8}$|^link:ann$|^a:dm:b$/)
    const kind = fc.constantFrom('direct', 'group')
    const place = fc.record({ accountId: id, id, kind })
    const isolated = scope('per-account-channel-peer', { ann: ['linked'] })
    const keyOf = (p: { accountId: string; id: string; kind: 'direct' | 'group' }) =>
      sessionKey(turn(p.accountId, p.id, p.kind), isolated)
    fc.assert(
      fc.property(place, place, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other)
        expect(keyOf(one) === keyOf(other)).toBe(same)
      }),
      { verbose: true },
    )
  })

  it('keeps a person out of a linked session who merely bears its name', () => {
    const linked = scope('per-peer', { ann: ['u1'] })
    expect(sessionKey(turn('a', 'link:ann'), linked)).not.toBe(sessionKey(turn('a', 'u1'), linked))
  })
})
