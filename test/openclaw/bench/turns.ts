/**
 * The share of the plugin in a turn: from the backend's answer with a message until the host has it, and from the host's
 * reply until the backend has the request.
 */

import { channel } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { median, quantile, round } from '../../support/figures.ts'
import { until } from '../../support/process.ts'
import type { Running } from './sides.ts'
import type { Moment } from './timed-plugin.ts'

const nsPerMs = 1e6
/** Our plugin leaves a second between two sends in a chat, which is not its share of a turn. */
const pauseMs = 1_200

export interface TurnFigures {
  readonly turns: number
  /** Milliseconds. */
  readonly toHost: Spread
  readonly toBackend: Spread
  readonly whole: Spread
}

interface Spread {
  readonly median: number
  readonly p90: number
}

/** The first `warmUp` turns are not counted. */
export async function measureTurns(
  running: Running,
  { moments, turns, warmUp }: { readonly moments: string; readonly turns: number; readonly warmUp: number },
): Promise<TurnFigures> {
  const backend = backendMoments()
  const measured: { toHost: number; toBackend: number; whole: number }[] = []
  const { control, replies } = running.host.backend
  for (let n = 0; n < warmUp + turns; n++) {
    const before = (await replies(running.botId)).length
    await control.inbound({ botId: running.botId, from: running.person, text: `question #${n}` })
    await until(
      async () => ((await replies(running.botId)).length > before ? true : undefined),
      running.host.log,
      120_000,
    )
    const notes = readFileSync(moments, 'utf8').trim().split('\n')
    const at = (what: Moment['what']) =>
      lastOf(
        notes.map((line): Moment => JSON.parse(line)),
        what,
      )
    const [handed, dispatched, replied, sent] = [
      backend.lastBefore('getupdates', at('dispatched')),
      at('dispatched'),
      at('replied'),
      backend.firstAfter('sendmessage', at('replied')),
    ]
    const ms = (from: bigint, to: bigint) => Number(to - from) / nsPerMs
    if (n >= warmUp)
      measured.push({
        toHost: ms(handed, dispatched),
        toBackend: ms(replied, sent),
        whole: ms(handed, sent),
      })
    await sleep(pauseMs)
  }
  backend.stop()
  const spread = (key: 'toHost' | 'toBackend' | 'whole'): Spread => {
    const values = measured.map((one) => one[key])
    return { median: round(median(values)), p90: round(quantile(values, 0.9)) }
  }
  return {
    turns: measured.length,
    toHost: spread('toHost'),
    toBackend: spread('toBackend'),
    whole: spread('whole'),
  }
}

function lastOf(moments: readonly Moment[], what: Moment['what']): bigint {
  return BigInt(moments.findLast((one) => one.what === what)?.atNs ?? 0)
}

/** When the simulator, which runs in this process, has answered a poll, and when a request to send has come. */
function backendMoments() {
  const seen: { endpoint: string; atNs: bigint }[] = []
  const note = (endpoint: string) => (message: unknown) => {
    const url = String(Object(Object(message).request).url)
    if (url.includes(endpoint)) seen.push({ endpoint, atNs: process.hrtime.bigint() })
  }
  const subscriptions = [
    { name: 'http.server.response.finish', listener: note('getupdates') },
    { name: 'http.server.request.start', listener: note('sendmessage') },
  ]
  for (const { name, listener } of subscriptions) channel(name).subscribe(listener)
  const timesOf = (endpoint: string) =>
    seen.filter((one) => one.endpoint === endpoint).map(({ atNs }) => atNs)
  return {
    lastBefore: (endpoint: string, atNs: bigint) =>
      timesOf(endpoint).findLast((one) => one <= atNs) ?? missing(endpoint),
    firstAfter: (endpoint: string, atNs: bigint) =>
      timesOf(endpoint).find((one) => one >= atNs) ?? missing(endpoint),
    stop: () => {
      for (const { name, listener } of subscriptions) channel(name).unsubscribe(listener)
    },
  }
}

function missing(endpoint: string): never {
  throw new Error(`no ${endpoint} was seen in this turn`)
}
