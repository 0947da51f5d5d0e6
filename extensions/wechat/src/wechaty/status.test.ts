import type { AccountStatus } from '@moltbot/channel-sdk'
import { describe, expect, it } from 'vitest'
import { accountOf } from '../../test/policy.ts'
import { Status } from './status.ts'

function statusOf(config: object = {}) {
  const reported: AccountStatus[] = []
  let nowMs = 0
  const status = new Status({
    account: accountOf(config),
    now: () => nowMs,
    onStatus: (now) => void reported.push(now),
  })
  const at = (ms: number) => {
    nowMs = ms
    return status
  }
  return { status, reported, at }
}

const online = { state: 'online', reason: 'logged in', userId: 'bot' } as const
const full = Object.assign(new Error('disk is full'), { code: 'SQLITE_FULL' })

describe('since', () => {
  it('moves with the state, and not with a reason or a code', () => {
    const { status, at } = statusOf()
    at(1).change({ state: 'starting', reason: 'starting the puppet' })
    at(2).change({ state: 'starting', reason: 'no network yet' })
    expect(status.current).toMatchObject({ sinceMs: 1, reason: 'no network yet' })
    at(3).change(online)
    expect(status.current.sinceMs).toBe(3)
    at(4).change({ ...online, reason: 'connected again' })
    expect(status.current.sinceMs).toBe(3)
  })

  it('moves to degraded and back', () => {
    const { status, at } = statusOf()
    at(1).change(online)
    at(2).storeFails(full)
    at(3).storeFails(full)
    expect(status.current).toMatchObject({ state: 'degraded', sinceMs: 2 })
    at(4).storeFails(undefined)
    expect(status.current).toMatchObject({ state: 'online', sinceMs: 4 })
  })
})

describe('an account whose messages cannot be stored', () => {
  it('is degraded with the reason and its code, and online again when they can', () => {
    const { status, at, reported } = statusOf()
    at(1).change(online)
    status.storeFails(full)
    expect(status.current).toMatchObject({
      state: 'degraded',
      code: 'SQLITE_FULL',
      reason: 'received messages cannot be stored: disk is full',
      nextAction: 'wait',
      userId: 'bot',
    })
    expect(status.isOnline).toBe(true)
    status.storeFails(undefined)
    expect(status.current).toMatchObject({ ...online, nextAction: 'none' })
    expect(status.current).not.toHaveProperty('code')
    expect(reported.map(({ state }) => state)).toEqual(['online', 'degraded', 'online'])
  })

  it('is degraded while the puppet cannot receive, and the store is named first where both fail', () => {
    const { status } = statusOf()
    status.change(online)
    const tooLarge = Object.assign(new Error('the answer is too large'), { code: 'answer-too-large' })
    status.receivingFails(tooLarge)
    const shown = { state: 'degraded', code: 'answer-too-large', userId: 'bot' }
    const reason = 'messages cannot be received: the answer is too large'
    expect(status.current).toMatchObject({ ...shown, reason })
    status.storeFails(full)
    expect(status.current).toMatchObject({ state: 'degraded', code: 'SQLITE_FULL' })
    status.storeFails(undefined)
    status.receivingFails(undefined)
    expect(status.current).toMatchObject({ ...online, nextAction: 'none' })
  })

  it('has the code store-failed where the error has none', () => {
    const { status } = statusOf()
    status.change(online)
    status.storeFails(new Error('held'))
    expect(status.current.code).toBe('store-failed')
  })

  it('shows what a person has to do first while it is not connected, and is degraded once it is', () => {
    const { status } = statusOf()
    status.storeFails(full)
    status.change({ state: 'scan', reason: 'scan the QR code with WeChat', qr: 'x' })
    expect(status.current).toMatchObject({ state: 'scan', nextAction: 'scan' })
    status.change(online)
    expect(status.current.state).toBe('degraded')
  })
})

describe('an account whose sends are not confirmed', () => {
  it('is degraded with the reason while it is connected, and online again when they are', () => {
    const { status, reported } = statusOf()
    status.change(online)
    status.sendsUnconfirmed(true)
    expect(status.current).toMatchObject({ state: 'degraded', code: 'sends-unconfirmed', userId: 'bot' })
    expect(status.current.reason).toContain('without confirming them')
    status.change({ state: 'reconnecting', reason: 'lost' })
    expect(status.current).toMatchObject({ state: 'reconnecting', reason: 'lost' })
    status.change(online)
    status.sendsUnconfirmed(false)
    expect(reported.map(({ state }) => state)).toEqual([
      'online',
      'degraded',
      'reconnecting',
      'degraded',
      'online',
    ])
  })

  it('names the store first if that fails too', () => {
    const { status } = statusOf()
    status.change(online)
    status.sendsUnconfirmed(true)
    status.storeFails(full)
    expect(status.current.code).toBe('SQLITE_FULL')
    status.storeFails(undefined)
    expect(status.current.code).toBe('sends-unconfirmed')
  })
})

it('a status that reads the same is reported once', () => {
  const { status, reported } = statusOf()
  status.change(online)
  status.change(online)
  expect(reported).toHaveLength(1)
})

it('secrets of the configuration are not part of a reason', () => {
  const { status } = statusOf({ puppet: 'service', puppetOptions: { token: 'insecure_4f1c' } })
  status.change({ state: 'failed', reason: 'invalid token "insecure_4f1c"' })
  expect(status.current.reason).toBe('invalid token "[redacted]"')
})

it('a disabled account says so', () => {
  expect(statusOf({ enabled: false }).status.current).toMatchObject({
    state: 'disabled',
    reason: 'enabled is false',
  })
})
