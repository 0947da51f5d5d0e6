import type { AccountEvent } from '@moltbot/channel-sdk'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { EventHub, type GatewayEvent, maxListeners } from './event-hub.ts'

const onError = vi.fn()
let hub: EventHub

beforeEach(() => {
  onError.mockClear()
  hub = new EventHub({ kept: 3, now: () => 7, onError })
})

const sent = (accountId: string): AccountEvent => ({ type: 'send', accountId, outcome: 'sent' })
const accountsOf = (events: readonly GatewayEvent[] | undefined) =>
  events?.map(({ event }) => (event.type === 'state' ? event.account.accountId : event.accountId))

describe('the event hub', () => {
  it('hands each event to those who listen, until they end it', () => {
    const heard: GatewayEvent[] = []
    const end = hub.listen((event) => heard.push(event))
    hub.publish('wechat', sent('a'))
    end()
    hub.publish('wechat', sent('b'))
    expect(heard).toEqual([{ id: expect.any(String), atMs: 7, channel: 'wechat', event: sent('a') }])
  })

  it('gives those who come back what they have missed', () => {
    const heard: GatewayEvent[] = []
    hub.listen((event) => heard.push(event))
    for (const account of ['a', 'b', 'c']) hub.publish('wechat', sent(account))
    expect(accountsOf(hub.after(heard[0]?.id ?? ''))).toEqual(['b', 'c'])
    expect(hub.after(heard[2]?.id ?? '')).toEqual([])
  })

  it('says so when it no longer keeps all of it, or the id is of another process', () => {
    const heard: GatewayEvent[] = []
    hub.listen((event) => heard.push(event))
    for (const account of ['a', 'b', 'c', 'd']) hub.publish('wechat', sent(account))
    expect(hub.after(heard[0]?.id ?? '')).toBeUndefined()
    expect(accountsOf(hub.after(heard[1]?.id ?? ''))).toEqual(['c', 'd'])
    const other = new EventHub({ onError })
    other.publish('wechat', sent('a'))
    expect(other.after(heard[3]?.id ?? '')).toBeUndefined()
  })

  it('lets no listener keep the others from hearing it', () => {
    const heard = vi.fn()
    hub.listen(() => {
      throw new Error('a listener')
    })
    hub.listen(heard)
    hub.publish('wechat', sent('a'))
    expect(heard).toHaveBeenCalledOnce()
    expect(onError).toHaveBeenCalledExactlyOnceWith(new Error('a listener'))
  })

  it('has room for a number of listeners only', () => {
    const ends = Array.from({ length: maxListeners }, () => hub.listen(() => undefined))
    expect(() => hub.listen(() => undefined)).toThrow(expect.objectContaining({ code: 'too-many-listeners' }))
    ends[0]?.()
    hub.listen(() => undefined)
  })
})
