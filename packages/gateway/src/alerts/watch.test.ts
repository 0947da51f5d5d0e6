import type { Logger } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { alertsSchema } from '../config/alerts-schema.ts'
import { englishSpeech } from '../language/speech.ts'
import { notificationOf, watchForAlerts } from './watch.ts'

const over = new Set<AbortController>()
afterEach(() => {
  for (const one of over) one.abort()
  over.clear()
})

function watch(more: object = {}) {
  const stop = new AbortController()
  over.add(stop)
  const sent: string[][] = []
  const logged: object[] = []
  const waiters = new Set<() => void>()
  const note = (list: unknown[], entry: unknown) => {
    list.push(entry)
    for (const wake of waiters) wake()
  }
  const write = (fields: object) => note(logged, fields)
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log }
  const state = { problems: new Map<string, string>(), fails: false, restarts: false, looks: 0 }
  const to = [{ type: 'account', accountId: 'shop', to: 'me' }]
  const config = alertsSchema.parse({ to, afterSeconds: 0, ...more })
  const ended = watchForAlerts({
    config: () => config,
    look: async () => {
      state.looks++
      if (state.fails) throw new Error('no status')
      return state.restarts ? undefined : { problems: state.problems }
    },
    sendAs: async (...args) => note(sent, args),
    log,
    signal: stop.signal,
    everyMs: 1,
  })
  /** Resolves when `found` gives something. */
  const until = (found: () => unknown) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!found()) return
        waiters.delete(look)
        resolve()
      }
      waiters.add(look)
      look()
    })
  return { state, sent, logged, until, stop, ended }
}

describe('the watch', () => {
  it('tells what has gone wrong, and when it is solved', async () => {
    const { state, sent, until, stop, ended } = watch()
    state.problems = new Map([['account/wechat/home', 'wechat account home is scan: scan the QR code']])
    await until(() => sent.length > 0)
    state.problems = new Map()
    await until(() => sent.length > 1)
    stop.abort()
    await ended
    expect(sent.map(([account, to, text]) => [account, to, text?.split('\n')[0]])).toEqual([
      ['shop', 'me', 'moltbot needs you'],
      ['shop', 'me', 'moltbot: solved'],
    ])
  })

  it('does not have an account tell of itself', async () => {
    const { state, sent, until } = watch()
    state.problems = new Map([
      ['account/wechat/shop', 'shop is out'],
      ['disk', 'the disk is full'],
    ])
    await until(() => sent.length > 0)
    expect(sent).toHaveLength(1)
    expect(sent[0]?.[2]).toContain('the disk is full')
  })

  it('solves nothing while the gateway restarts', async () => {
    const { state, sent, until, stop, ended } = watch()
    state.problems = new Map([['disk', 'full']])
    await until(() => sent.length > 0)
    state.restarts = true
    const before = state.looks
    await vi.waitFor(() => expect(state.looks).toBeGreaterThan(before + 2))
    state.restarts = false
    await vi.waitFor(() => expect(state.looks).toBeGreaterThan(before + 5))
    stop.abort()
    await ended
    expect(sent).toHaveLength(1)
  })

  it('goes on after a look that failed', async () => {
    const { state, sent, logged, until } = watch()
    state.fails = true
    await until(() => logged.length > 0)
    state.fails = false
    state.problems = new Map([['disk', 'full']])
    await until(() => sent.length > 0)
  })

  it('logs each alert, without a way too many', async () => {
    const { state, logged, until } = watch()
    state.problems = new Map([['disk', 'full']])
    await until(() => logged.some((line) => Object.values(line).includes('alert')))
    expect(logged[0]).toMatchObject({ event: 'alert', kind: 'begun', key: 'disk' })
  })
})

it('an alert names since when', () => {
  const { title, text } = notificationOf({ kind: 'again', key: 'k', text: 'full', sinceMs: 0 }, englishSpeech)
  expect([title, text]).toEqual(['moltbot still needs you', expect.stringMatching(/^full\nsince \d{4}-/)])
})
