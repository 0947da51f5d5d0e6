import type { SendRequest } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { runForPeer } from '../cluster/forwarding.ts'
import type { Peers } from '../cluster/peers.ts'
import { createHandlers } from '../control/handlers.ts'
import { sendingAnywhere } from './sending-anywhere.ts'

const other = { id: 'g2', name: 'two' }

/** The account `far` is served by another gateway. */
function stage() {
  const sent = { here: [] as SendRequest[], asked: [] as unknown[] }
  const receipt = { status: 'sent', chunks: 1, sent: 1 } as const
  const peers: Peers = {
    all: [other],
    holderOf: (accountId) => (accountId === 'far' ? other : undefined),
    ask: async (_peer, request) => {
      sent.asked.push(request)
      return receipt
    },
  }
  const own = {
    defaultAccountId: undefined,
    channelOf: () => 'wechat',
    outcome: async () => undefined,
    forecast: async () => ({ outcome: 'sent' as const }),
    send: async (request: SendRequest) => {
      sent.here.push(request)
      return receipt
    },
  }
  return { sent, channels: sendingAnywhere(own, peers) }
}

it('a message is stored by the gateway that serves its account, as it was given', async () => {
  const { sent, channels } = stage()
  const near = { accountId: 'near', to: 'bob', text: 'hi' }
  await channels.send(near)
  await channels.send({ ...near, accountId: 'far', id: 'push-1' })
  expect(sent.here).toEqual([near])
  expect(sent.asked).toEqual([{ push: { ...near, accountId: 'far', id: 'push-1' } }])
})

it('a file of this machine is refused, and the error names the other gateway', async () => {
  const { sent, channels } = stage()
  const media = { source: { path: '/etc/hostname' } }
  await expect(channels.send({ accountId: 'far', to: 'bob', text: '', media })).rejects.toMatchObject({
    code: 'not-from-here',
    message: expect.stringContaining('gateway two'),
  })
  expect(sent.asked).toEqual([])
})

it.each([
  ['names a file', { accountId: 'a', to: 'bob', text: '', media: { source: { path: '/etc/passwd' } } }],
  ['names no account', { to: 'bob', text: 'hi' }],
  ['has a kind that there is not', { accountId: 'a', to: 'bob', text: 'hi', kind: 'urgent' }],
])('a message of another gateway that %s reaches no channel', async (_how, push) => {
  const target = fakeTarget({})
  await expect(runForPeer({ push }, createHandlers(target), target)).rejects.toThrow(/invalid|unrecognized/i)
})
