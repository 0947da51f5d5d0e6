import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { systemClock } from '../clock.ts'
import { ILinkError } from '../errors.ts'
import { holdAfter, type PollPorts, pollLoop } from './poll-loop.ts'

const noAnswer = { msgs: [], ret: 0, errcode: undefined, errmsg: undefined, get_updates_buf: undefined }
const broken = new ILinkError('network', 'getupdates: reset', { retryable: true, certain: false })

/** A loop whose polls are answered by `script`, one after the other, until it is used up. */
const run = async (
  script: (() => Partial<typeof noAnswer> & { longpolling_timeout_ms?: number })[],
  more: Partial<PollPorts> = {},
) => {
  const stop = new AbortController()
  const log: unknown[] = []
  let nowMs = 0
  const ports: PollPorts = {
    poll: async (cursor, timeoutMs) => {
      log.push(['poll', cursor, timeoutMs])
      const answer = script.shift()
      if (script.length === 0) stop.abort()
      return { ...noAnswer, longpolling_timeout_ms: undefined, ...answer?.() }
    },
    cursor: () => 'c',
    reach: async () => void log.push(['reach']),
    ready: async () => undefined,
    accept: async (messages, cursor) => void (messages.length > 0 && log.push(['accept', messages, cursor])),
    onTurn: () => undefined,
    onProblem: (error) => log.push(['problem', error.code]),
    clock: {
      now: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms
        log.push(['sleep', ms])
      },
    },
    random: () => 1,
    ...more,
  }
  await pollLoop(ports, stop.signal)
  return log
}

const fail = () => {
  throw broken
}
const sleeps = (log: unknown[]) => log.filter((entry) => Array.isArray(entry) && entry[0] === 'sleep')

it('waits ten seconds longer than the server holds', async () => {
  const log = await run([() => ({ longpolling_timeout_ms: 20_000 }), () => ({})])
  expect(log.filter((entry) => Array.isArray(entry) && entry[0] === 'poll')).toEqual([
    ['poll', 'c', 45_000],
    ['poll', 'c', 30_000],
  ])
})

it.each([
  [undefined, 35_000],
  [0, 35_000],
  [-5, 35_000],
  [10_000, 10_000],
  [10_000_000, 100_000],
])('takes a suggested hold of %s ms as %s ms', (suggested, hold) => {
  expect(holdAfter(suggested, 35_000)).toBe(hold)
})

it('backs off further with each failure in a row and reports a problem once', async () => {
  const log = await run([fail, fail, fail, fail, () => ({ msgs: [] }), fail, fail])
  expect(sleeps(log).map((entry) => (Array.isArray(entry) ? entry[1] : 0))).toEqual([
    1_000, 2_000, 4_000, 8_000, 250, 1_000,
  ])
  expect(log.filter((entry) => Array.isArray(entry) && entry[0] === 'problem')).toEqual([
    ['problem', 'network'],
  ])
})

it('asks whether the backend is there again after it could not be reached, before it waits for messages', async () => {
  const turns: (string | undefined)[] = []
  const reached = [fail, () => undefined]
  const log = await run([fail, () => ({}), () => ({})], {
    reach: async () => reached.shift()?.(),
    onTurn: (error) => turns.push(error?.code),
  })
  expect(turns).toEqual(['network', 'network', undefined, undefined])
  expect(log.filter((entry) => Array.isArray(entry) && entry[0] === 'poll')).toHaveLength(3)
})

it('a poll that timed out was pause enough', async () => {
  let nowMs = 0
  const slow = () => {
    nowMs += 45_000
    throw new ILinkError('timeout', 'getupdates: no answer', { retryable: true, certain: false })
  }
  const pauses: number[] = []
  const sleep = async (ms: number) => void pauses.push(ms)
  await run([slow, slow, () => ({ msgs: [] }), () => ({})], { clock: { now: () => nowMs, sleep } })
  expect(pauses).toEqual([250])
})

it('pauses no longer because the clock was set back', async () => {
  let nowMs = 0
  const setBack = () => {
    nowMs -= 3_600_000
    return {}
  }
  const pauses: number[] = []
  const sleep = async (ms: number) => void pauses.push(ms)
  await run([setBack, () => setBack() && fail(), () => ({})], { clock: { now: () => nowMs, sleep } })
  expect(pauses).toEqual([250, 1_000])
})

it('reports an answer over the cap at once, asks again after a quarter of an hour, and stays alive meanwhile', async () => {
  const tooLarge = new ILinkError('answer-too-large', 'too large', { retryable: false, certain: false })
  const turns: unknown[] = []
  const script = [
    () => {
      throw tooLarge
    },
    () => ({}),
  ]
  const log = await run(script, { onTurn: (error) => turns.push(error?.code) })
  expect(log.slice(0, 3)).toEqual([
    ['poll', 'c', 45_000],
    ['problem', 'answer-too-large'],
    ['sleep', 30_000],
  ])
  expect(sleeps(log)).toHaveLength(30)
  expect(turns).toEqual(Array.from({ length: 30 }, () => 'answer-too-large'))
})

it('begins a poll only when the consumer is ready, and the next one when the answer was accepted', async () => {
  const order: string[] = []
  await run([() => order.push('polled') && {}, () => order.push('polled') && {}], {
    ready: async () => {
      await setImmediate()
      order.push('ready')
    },
    accept: async () => {
      await setImmediate()
      order.push('accepted')
    },
  })
  expect(order).toEqual(['ready', 'polled', 'accepted', 'ready', 'polled'])
})

it('ends at once, though the poll ignores the signal', async () => {
  const stop = new AbortController()
  const ports = {
    poll: () => new Promise<never>(() => undefined),
    cursor: () => '',
    reach: async () => undefined,
    ready: async () => undefined,
    accept: async () => undefined,
    onTurn: () => undefined,
    onProblem: () => undefined,
    clock: systemClock,
    random: Math.random,
  }
  const done = pollLoop(ports, stop.signal)
  stop.abort()
  await done
})

it('ends when the session has expired', async () => {
  const expired = new ILinkError('session-expired', '-14', { retryable: true, certain: true })
  const log = await run([
    () => {
      throw expired
    },
    () => ({}),
  ])
  expect(log).toEqual([['poll', 'c', 45_000]])
})
