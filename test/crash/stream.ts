/**
 * A stream of messages to a gateway that ends again and again, and what became of each of them: two accounts, one of which
 * answers in blocks, twenty people, pictures and files both ways.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ModelReply,
  type ModelRequest,
  type ModelServer,
  startModelServer,
} from '@moltbot/channel-sdk/testing'
import type { Dice } from '../chaos/dice.ts'
import { configWith } from '../support/config.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { startHostedPeople } from './hosted-people.ts'
import { startILinkPeople } from './ilink-people.ts'
import { askedIn, type Balance, Ledger, type ReadStore, readFileStore, reportBytes } from './ledger.ts'
import { accounts, type People } from './people.ts'

/** iLink by how it delivers, and a hosted puppet. */
export const backends = ['ack', 'replay', 'duplicate', 'service'] as const
export type BackendKind = (typeof backends)[number]

/** From one start of the gateway to its end. */
export interface Life {
  /** What it is counted under. */
  readonly name: string
  start(home: GatewayHome): RunningGateway
  /** It has ended. */
  ended?(home: GatewayHome): void
}

export interface StreamOptions {
  readonly backend: BackendKind
  readonly messages: number
  readonly lives: readonly Life[]
  readonly dice: Dice
  /** More of the environment of every gateway. */
  readonly env?: NodeJS.ProcessEnv
  /** The gateways' store. Defaults to the file in their state directory. */
  readonly readStore?: ReadStore
}

export interface StreamResult extends Balance {
  /** Lives by their names; `random` for those that did not come to their end in time. */
  readonly ended: Readonly<Record<string, number>>
}

/** A life that has not come to its end so long after its accounts were online, or never had them online, is killed. */
const longestLifeMs = 8_000
const longestStartMs = 60_000
const lookEveryMs = 100
const drainMs = 120_000
const drainedEveryMs = 200
/** Then one lasts until nothing is open, as a turn that was under way at twenty deaths is rightly given up. */
const livesInARow = 10
/** Something that comes twice has come by then. */
const settleMs = 1_000
const peoplePerAccount = 10
/** Messages that may be unanswered at a time. */
const mostOpen = 200
const pictureEvery = 5
const fileEvery = 7
const repeatEveryMs = 1_000
/**
 * Messages that are delivered once more at a time, the oldest. With more events in a connection than it takes, grpc-js does
 * not notice that the other side was killed, and the puppet service refuses every later one.
 */
const repeatAtOnce = 40
/** Of compiled code: with a home folder of its own, each gateway would compile everything again. */
const compiled = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'tests')
/** Longer than `minChars` of a block. */
const padding = ' and so on'.repeat(25)

export async function streamThroughLives(options: StreamOptions): Promise<StreamResult> {
  const { backend } = options
  const people = await (backend === 'service' ? startHostedPeople() : startILinkPeople(backend))
  const model = await startModelServer({ reply: answer })
  const stream = new Stream(options, people, model)
  try {
    await stream.logIn()
    await stream.run()
    return stream.result()
  } finally {
    await stream.home.dispose()
    await Promise.all([people.close(), model.close()])
  }
}

/** The model: says the markers that it reads, calls `send_file` where a file is asked for, answers at length in blocks. */
function answer({ lastUserText, toolResults, messages }: ModelRequest): ModelReply {
  const { answers, files } = askedIn(lastUserText)
  const markers = answers.join(' ')
  const isAnswered = messages.at(-1)?.role !== 'user' && toolResults.length > 0
  if (files.length > 0 && !isAnswered)
    return { toolCalls: files.map((name) => ({ name: 'send_file', input: { path: 'report.txt', name } })) }
  return `first ${markers}${padding}\n\nsecond ${markers}${padding}`
}

class Stream {
  readonly home: GatewayHome
  readonly #options: StreamOptions
  readonly #people: People
  readonly #ledger = new Ledger()
  readonly #ended: Record<string, number> = {}
  #repeatedMs = performance.now()

  constructor(options: StreamOptions, people: People, model: ModelServer) {
    this.#options = options
    this.#people = people
    const open = { dmPolicy: 'open', allowFrom: ['*'], limits: { turnsPerHour: 0 } }
    const blocks = { streamMode: 'block', draftChunk: { minChars: 100, maxChars: 2_000 } }
    const optionsOf = { whole: open, blocks: { ...open, ...blocks } }
    const listed = accounts.map((id) => [id, { ...optionsOf[id], ...people.optionsOf(id) }])
    const config = configWith(model.baseUrl, { accounts: Object.fromEntries(listed) })
    // In a database the accounts of a gateway that was killed are free when its lease has ended.
    this.home = new GatewayHome(
      { ...config, cluster: { leaseSeconds: 3 } },
      { ...options.env, XDG_CACHE_HOME: compiled },
    )
    const workspace = join(this.home.stateDir, 'workspace')
    mkdirSync(workspace, { recursive: true, mode: 0o700 })
    writeFileSync(join(workspace, 'report.txt'), 'r'.repeat(reportBytes))
  }

  get #store(): ReadStore {
    return this.#options.readStore ?? readFileStore(this.home.stateDir)
  }

  async logIn(): Promise<void> {
    const gateway = this.home.start()
    await this.#people.logIn(gateway)
    for (const accountId of accounts)
      await gateway.line({ event: 'account.state', accountId, state: 'online' }, longestStartMs)
    gateway.kill('SIGKILL')
    await gateway.exited
  }

  /** One life after the other while messages come, and a last one that drains. */
  async run(): Promise<void> {
    const { lives, messages } = this.#options
    for (const [index, life] of lives.entries()) {
      await this.#live(life, Math.ceil((messages * (index + 1)) / (lives.length + 1)))
      if (index % livesInARow === livesInARow - 1) await this.#liveUntilDrained(0)
    }
    await this.#liveUntilDrained(messages)
  }

  result(): StreamResult {
    return { ended: this.#ended, ...this.#ledger.balance(this.#store) }
  }

  async #liveUntilDrained(messages: number): Promise<void> {
    const gateway = this.home.start()
    await this.#write(messages, () => false)
    const endMs = performance.now() + drainMs
    while (!(await this.#isDrained()) && performance.now() < endMs) await sleep(drainedEveryMs)
    await sleep(settleMs)
    gateway.kill('SIGKILL')
    await gateway.exited
    await this.#readOpen()
  }

  async #isDrained(): Promise<boolean> {
    await this.#readOpen()
    const { lost, untold } = this.result()
    return lost.length + untold === 0
  }

  /** Writes messages up to `share`, and waits for the end of the life. */
  async #live(life: Life, share: number): Promise<void> {
    const gateway = life.start(this.home)
    const limit = limitLife(gateway)
    let isOver = false
    const ended = gateway.exited.finally(() => {
      isOver = true
    })
    await this.#write(share, () => isOver)
    while (!isOver) {
      await this.#readOpen()
      await Promise.race([ended, sleep(repeatEveryMs)])
    }
    limit.end()
    life.ended?.(this.home)
    this.#ledger.giveUp(this.#store)
    const name = limit.isReached ? 'random' : life.name
    this.#ended[name] = (this.#ended[name] ?? 0) + 1
  }

  async #write(upTo: number, isOver: () => boolean): Promise<void> {
    while (this.#ledger.messages < upTo && !isOver()) {
      await this.#writeOne(this.#ledger.messages)
      await sleep(this.#options.dice.below(20))
      while ((await this.#readOpen()) > mostOpen && !isOver()) await sleep(50)
    }
  }

  async #writeOne(n: number): Promise<void> {
    const account = accounts[n % accounts.length] ?? 'whole'
    const person = this.#options.dice.below(peoplePerAccount)
    const text = this.#ledger.write(n % fileEvery === 0)
    await this.#people.write({ account, person, n, text, withPicture: n % pictureEvery === 0 })
  }

  /** Reads what has arrived since. @returns how many messages have no answer */
  async #readOpen(): Promise<number> {
    for (const arrival of await this.#people.read()) this.#ledger.arrived(arrival)
    const { open } = this.#ledger
    if (performance.now() - this.#repeatedMs > repeatEveryMs) {
      this.#repeatedMs = performance.now()
      this.#people.repeat?.(open.slice(0, repeatAtOnce))
    }
    return open.length
  }
}

/** Kills a gateway that lives too long. */
function limitLife(gateway: RunningGateway) {
  const startedMs = performance.now()
  let onlineMs = Number.POSITIVE_INFINITY
  const limit = { isReached: false, end: () => clearInterval(timer) }
  const timer = setInterval(() => {
    const nowMs = performance.now()
    const isOnline = gateway.stdout().split('"state":"online"').length > accounts.length
    if (onlineMs > nowMs && isOnline) onlineMs = nowMs
    limit.isReached = nowMs > onlineMs + longestLifeMs || nowMs > startedMs + longestStartMs
    if (limit.isReached) gateway.kill('SIGKILL')
  }, lookEveryMs)
  return limit
}
