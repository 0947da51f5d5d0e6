/**
 * A stream of messages to a gateway that is killed again and again, and what became of each of them: two accounts, one of
 * which answers in blocks, twenty people, pictures and files both ways.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ModelReply,
  type ModelRequest,
  type ModelServer,
  startModelServer,
} from '@moltbot/channel-sdk/testing'
import { cutOffNotice } from '../../extensions/wechat/src/outbound/notices.ts'
import type { SettingsPatch } from '../../packages/ilink-simulator/src/settings.ts'
import type { Dice } from '../chaos/dice.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { configOf } from '../support/config.ts'
import { GatewayHome } from '../support/gateway.ts'
import { until } from '../support/process.ts'

export interface StreamOptions {
  readonly delivery: 'ack' | 'replay' | 'duplicate'
  readonly messages: number
  /** Where the gateway is killed, one life after the other: a point of names.ts and how often it is passed before. */
  readonly kills: readonly string[]
  readonly dice: Dice
}

export interface StreamResult {
  readonly messages: number
  /** Kills by the point at which they came; `random` for a life that did not come to its point in time. */
  readonly killed: Readonly<Record<string, number>>
  /** Answers, ends of answers and files that did not come. */
  readonly lost: readonly string[]
  /** Answers and files that came more than once. */
  readonly twice: readonly string[]
  /** Ends of answers in blocks, and their files, that did not follow after a kill. */
  readonly cutOff: readonly string[]
  /** Turns that were cut off so, for which no notice arrived instead. */
  readonly untold: number
}

const preload = new URL('points.ts', import.meta.url).href
/** A life that has not come to its point by then is ended without it. */
const longestLifeMs = 10_000
const drainMs = 120_000
/** Then a life lasts until nothing is open, as a turn that was under way at twenty deaths is rightly given up. */
const killsInARow = 10
/** Something that comes twice has come by then. */
const settleMs = 1_000
const accounts = ['whole', 'blocks'] as const
type Account = (typeof accounts)[number]
const peoplePerAccount = 10
/** Messages that may be unanswered at a time. */
const mostOpen = 200
const pictureEvery = 5
const fileEvery = 7
/** The smallest PNG. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='
const cutOffMessages = `SELECT turn_id, json_extract(message, '$.text') AS text FROM journal WHERE reason = 'cut-off'`
/** Longer than `minChars` of a block. */
const padding = ' and so on'.repeat(25)

export async function streamUnderKills(options: StreamOptions): Promise<StreamResult> {
  const backend = await startBackend()
  const model = await startModelServer({ reply: answer })
  const stream = new Stream(options, backend, model)
  try {
    await stream.logIn()
    await stream.run()
    return stream.result()
  } finally {
    await stream.home.dispose()
    await Promise.all([backend.close(), model.close()])
  }
}

/** The model: says the markers that it reads, calls `send_file` where a file is asked for, answers at length in blocks. */
function answer({ lastUserText, toolResults, messages }: ModelRequest): ModelReply {
  const markers = markersIn(lastUserText).join(' ')
  const files = filesIn(lastUserText)
  const isAnswered = messages.at(-1)?.role !== 'user' && toolResults.length > 0
  if (files.length > 0 && !isAnswered)
    return { toolCalls: files.map((name) => ({ name: 'send_file', input: { path: 'report.txt', name } })) }
  return `first ${markers}${padding}\n\nsecond ${markers}${padding}`
}

const markersIn = (text: string): string[] => text.match(/#\d+#/g) ?? []
const filesIn = (text: string): string[] => Array.from(text.matchAll(/file (\d+)/g), ([, n]) => `${n}.txt`)

class Stream {
  readonly home: GatewayHome
  readonly #options: StreamOptions
  readonly #backend: Backend
  readonly #bots = new Map<Account, string>()
  readonly #killed: Record<string, number> = {}
  readonly #files: string[] = []
  /** How often each part of an answer and each file arrived. */
  readonly #arrived = new Map<string, number>()
  #notices = 0
  #readUpTo = 0
  #sent = 0

  constructor(options: StreamOptions, backend: Backend, model: ModelServer) {
    this.#options = options
    this.#backend = backend
    const open = { dmPolicy: 'open', allowFrom: ['*'], limits: { turnsPerHour: 0 } }
    const blocks = { ...open, streamMode: 'block', draftChunk: { minChars: 100, maxChars: 2_000 } }
    const config = configOf(backend, model.baseUrl, { whole: open, blocks })
    this.home = new GatewayHome(config)
    const workspace = join(this.home.stateDir, 'workspace')
    mkdirSync(workspace, { recursive: true, mode: 0o700 })
    writeFileSync(join(workspace, 'report.txt'), 'a report')
  }

  async logIn(): Promise<void> {
    const settings: SettingsPatch = { quota: 1_000_000, delivery: this.#options.delivery }
    await this.#backend.control.settings(settings)
    const gateway = this.home.start()
    for (const account of accounts) {
      const { url } = await gateway.line({ event: 'account.qr', accountId: account })
      const { botId } = await this.#backend.scanAndConfirm(String(url), `o${account}@im.wechat`)
      this.#bots.set(account, botId)
      await gateway.line({ event: 'account.state', accountId: account, state: 'online' })
    }
    gateway.kill('SIGKILL')
    await gateway.exited
  }

  /** One life after the other while messages come, and a last one that is not killed. */
  async run(): Promise<void> {
    const { kills, messages } = this.#options
    for (const [life, point] of kills.entries()) {
      const share = Math.ceil((messages * (life + 1)) / (kills.length + 1))
      await this.#live(point, share)
      if (life % killsInARow === killsInARow - 1) await this.#liveUntilDrained(this.#sent)
    }
    await this.#liveUntilDrained(messages)
    await this.#readOpen()
  }

  async #liveUntilDrained(messages: number): Promise<void> {
    const gateway = this.home.start()
    await this.#write(messages, () => false)
    const drained = async () => {
      await this.#readOpen()
      const { lost, untold } = this.result()
      return lost.length + untold === 0 || undefined
    }
    await until(drained, undefined, drainMs).catch(() => undefined)
    await sleep(settleMs)
    gateway.kill('SIGKILL')
    await gateway.exited
  }

  /** Writes messages up to `share`, and more while the gateway lives. */
  async #live(point: string, share: number): Promise<void> {
    const gateway = this.home.startWith({
      MOLTBOT_CRASH_AT: point,
      NODE_OPTIONS: `--conditions=@moltbot/source --import ${preload}`,
    })
    let isOver = false
    const ended = gateway.exited.finally(() => {
      isOver = true
    })
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      gateway.kill('SIGKILL')
    }, longestLifeMs)
    await this.#write(share, () => isOver)
    await ended
    clearTimeout(timer)
    const name = isLate ? 'random' : point.replace(/:\d+$/, '')
    this.#killed[name] = (this.#killed[name] ?? 0) + 1
  }

  async #write(upTo: number, isOver: () => boolean): Promise<void> {
    while (this.#sent < upTo && !isOver()) {
      await this.#writeOne(this.#sent++)
      await sleep(this.#options.dice.below(20))
      while ((await this.#readOpen()) > mostOpen && !isOver()) await sleep(50)
    }
  }

  async #writeOne(n: number): Promise<void> {
    const { dice } = this.#options
    const account = accounts[n % accounts.length] ?? 'whole'
    const botId = this.#bots.get(account) ?? ''
    const from = `o${account}${dice.below(peoplePerAccount)}@im.wechat`
    const asksForFile = n % fileEvery === 0
    if (asksForFile) this.#files.push(`${n}.txt`)
    const text = asksForFile ? `#${n}# file ${n}` : `#${n}#`
    const { control } = this.#backend
    if (n % pictureEvery === 0) {
      const item = await control.media({ kind: 'image', base64: picture })
      await control.inbound({ botId, from, item })
    }
    await control.inbound({ botId, from, text })
  }

  /** Reads what has arrived since. @returns messages without an answer */
  async #readOpen(): Promise<number> {
    const news = await this.#backend.control.sent({ after: this.#readUpTo })
    for (const { seq, items, media } of news) {
      this.#readUpTo = seq
      if (media !== undefined) this.#count(media.name)
      const text = textOf(items)
      const part = /^(?:first|second)/.exec(text)?.[0] ?? ''
      for (const paragraph of text.split('\n\n')) {
        const name = paragraph.startsWith('second') ? 'second' : part
        for (const marker of markersIn(paragraph)) this.#count(`${name} ${marker}`)
      }
      if (text.startsWith(cutOffNotice.en)) this.#notices += 1
    }
    return this.#missing().filter((what) => what.startsWith('first')).length
  }

  #count(what: string): void {
    this.#arrived.set(what, (this.#arrived.get(what) ?? 0) + 1)
  }

  #missing(): string[] {
    const expected = Array.from({ length: this.#sent }, (_, n) => [`first #${n}#`, `second #${n}#`]).flat()
    return [...expected, ...this.#files].filter((what) => !this.#arrived.has(what))
  }

  result(): StreamResult {
    const { turns, mayMiss } = this.#cutOff()
    const missing = this.#missing()
    return {
      messages: this.#sent,
      killed: this.#killed,
      lost: missing.filter((what) => !mayMiss.has(what)),
      twice: [...this.#arrived].filter(([, times]) => times > 1).map(([what]) => what),
      cutOff: missing.filter((what) => mayMiss.has(what)),
      untold: Math.max(0, turns - this.#notices),
    }
  }

  /** The turns that the store calls cut off, and what may be missing for that reason: all but the first block. */
  #cutOff(): { turns: number; mayMiss: ReadonlySet<string> } {
    const store = new DatabaseSync(join(this.home.stateDir, 'wechat', 'wechat.sqlite'), { readOnly: true })
    try {
      const rows = store.prepare(cutOffMessages).all()
      const missed = rows.flatMap(({ text }) => [
        ...markersIn(String(text)).map((marker) => `second ${marker}`),
        ...filesIn(String(text)),
      ])
      return { turns: new Set(rows.map((row) => row.turn_id)).size, mayMiss: new Set(missed) }
    } finally {
      store.close()
    }
  }
}

function textOf(items: readonly object[]): string {
  return items
    .map((item) => String(Reflect.get(Object(Reflect.get(item, 'text_item')), 'text') ?? ''))
    .join('')
}
