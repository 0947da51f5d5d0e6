/**
 * An account whose store fails at the start: what people see of it, and that it comes up by itself.
 */

import { type AccountEvent, type AccountHolds, DiskBudget } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { testHost } from '../test/host.ts'
import { accountOf } from '../test/policy.ts'
import { Account } from './account.ts'
import { OwnBots } from './inbound/own-bots.ts'
import { openSqliteStore } from './store/sqlite-store.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => vi.useRealTimers())

/** @param failures How often the store fails before it works. */
function accountWith(failures: number, holds?: AccountHolds) {
  const host = Object.assign(testHost(), holds && { holds })
  const { store } = openSqliteStore(`${host.stateDir}/wechat.sqlite`)
  const open = store.openAccount.bind(store)
  const openAccount = vi.fn(async (...who: Parameters<typeof open>) => {
    if (openAccount.mock.calls.length <= failures) throw new Error('the disk is full')
    return open(...who)
  })
  const account = new Account({
    channelId: 'wechat',
    account: accountOf({ puppet: 'mock' }),
    host,
    store: Object.assign(store, { openAccount }),
    createPuppet: () => new Promise(() => undefined),
    now: Date.now,
    random: () => 0,
    runId: 'test',
    addresses: {},
    disk: new DiskBudget(),
    webhookAttempts: (work) => work(),
    ownBots: new OwnBots(),
  })
  const states = () =>
    host.events.flatMap((event: AccountEvent) => (event.type === 'state' ? [event.account.state] : []))
  return { account, openAccount, states }
}

it('is failed with the reason, and is tried again each half minute until it starts', async () => {
  const { account, openAccount, states } = accountWith(2)
  await expect(account.start()).rejects.toThrow('the disk is full')
  expect(() => account.require('not-running')).toThrow('is not running: the disk is full')
  await vi.advanceTimersByTimeAsync(29_000)
  expect(openAccount).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(openAccount).toHaveBeenCalledTimes(2)
  expect(states()).toEqual(['failed'])
  await vi.advanceTimersByTimeAsync(30_000)
  await vi.waitFor(() => expect(account.require('not-running')).toBeDefined())
  expect(openAccount).toHaveBeenCalledTimes(3)
  vi.useRealTimers()
  await account.stop()
})

it('is not tried again after a stop, and only once after another start', async () => {
  const { account, openAccount } = accountWith(9)
  await expect(account.start()).rejects.toThrow()
  await expect(account.start()).rejects.toThrow()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(openAccount).toHaveBeenCalledTimes(3)
  await account.stop()
  await vi.advanceTimersByTimeAsync(90_000)
  expect(openAccount).toHaveBeenCalledTimes(3)
})

it('starts only while this gateway serves it, under the number of its hold', async () => {
  let term: number | undefined
  const { account, openAccount } = accountWith(0, {
    termOf: () => term,
    mayAct: () => true,
    handOver: () => undefined,
  })
  await account.start()
  expect(openAccount).not.toHaveBeenCalled()
  term = 7
  await account.start()
  expect(openAccount).toHaveBeenCalledWith('default', 'test', 1, 7)
  vi.useRealTimers()
  await account.stop()
})

it('is tried again soon where others share the store', async () => {
  const { account, openAccount } = accountWith(1, {
    termOf: () => 1,
    mayAct: () => true,
    handOver: () => undefined,
  })
  await expect(account.start()).rejects.toThrow('the disk is full')
  await vi.advanceTimersByTimeAsync(2_000)
  await vi.waitFor(() => expect(account.require('not-running')).toBeDefined())
  expect(openAccount).toHaveBeenCalledTimes(2)
  vi.useRealTimers()
  await account.stop()
})
