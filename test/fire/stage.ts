/**
 * A gateway and what is around it, all of which can fail: the real process against the simulated backend behind a relay,
 * with a loopback model, a clock and, where possible, a disk and a host name of its own. An owner writes numbered messages,
 * and each of them is owed one answer.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { progressNotice } from '../../extensions/wechat/src/outbound/notices.ts'
import type { GatewayStatus } from '../../packages/gateway/src/control/status.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { configOf } from '../support/config.ts'
import { GatewayHome, type LogLine, type RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import { type FireModel, startFireModel } from './model.ts'
import { canMount, Disk, HostName } from './mounts.ts'
import { type Relay, startRelay } from './relay.ts'

const accountId = 'default'
const ownerId = 'o9Owner@im.wechat'
/** What is promised once the network is back, and twice the longest pause between two attempts. */
const patienceMs = 60_000
/** What the model writes: the numbers of the messages that it answers. */
const answer = /^answer to ([\d ]+)\./
/** Machines that run many tests start a process slowly. */
const startPatienceMs = 180_000
const clockPreload = new URL('set-clock.ts', import.meta.url).href

export class Stage {
  readonly backend: Backend
  readonly model: FireModel
  readonly relay: Relay
  readonly home: GatewayHome
  /** Undefined where nothing can be mounted. */
  readonly disk: Disk | undefined
  readonly hostName: HostName | undefined
  #gateway: RunningGateway | undefined
  #botId = ''
  #said = 0
  readonly #givenUp = new Set<number>()
  /** Log lines before these belong to what is over. */
  #linesBefore = 0

  /**
   * Starts everything; the owner scans.
   * @param holdMs how long the backend holds a poll; the real one does for 35 s
   */
  static async open(holdMs = 1_000): Promise<Stage> {
    const backend = await startBackend()
    await backend.control.settings({ quota: 100_000, holdMs })
    const relay = await startRelay(new URL(backend.puppetOptions.baseUrl))
    const stage = new Stage(backend, await startFireModel(), relay)
    try {
      await stage.start()
      return stage
    } catch (error) {
      await stage.close()
      throw error
    }
  }

  private constructor(backend: Backend, model: FireModel, relay: Relay) {
    this.backend = backend
    this.model = model
    this.relay = relay
    this.home = new GatewayHome({}, { NODE_OPTIONS: `--conditions=@moltbot/source --import ${clockPreload}` })
    if (canMount()) {
      this.disk = new Disk(this.home.stateDir)
      this.hostName = new HostName(this.home.folder)
    }
    this.configure()
  }

  /**
   * @param defaults changes of `agents.defaults`
   * @param gateway the keys of `gateway`
   */
  configure(defaults: object = {}, gateway: object = { shutdownTimeoutMs: 1_000 }): void {
    const host = this.hostName === undefined ? '127.0.0.1' : HostName.name
    const { puppetOptions } = this.backend
    const moved = Object.entries(puppetOptions).map(([key, url]) => [
      key,
      url.replace(/127\.0\.0\.1:\d+/, `${host}:${this.relay.port}`),
    ])
    const backend = { ...this.backend, puppetOptions: Object.fromEntries(moved) }
    const config = configOf(backend, this.model.baseUrl, { [accountId]: {} })
    const agents = { defaults: { model: { primary: 'fake/fake-1' }, ...defaults } }
    this.home.configure({ ...config, agents, gateway })
  }

  get gateway(): RunningGateway {
    assert(this.#gateway, 'no gateway was started')
    return this.#gateway
  }

  /** Starts a gateway. Resolves when the account is online; the owner scans if it has no login. */
  async start(): Promise<void> {
    this.#gateway = this.home.startUnder(this.hostName?.under ?? [])
    this.#linesBefore = 0
    const online = { event: 'account.state', accountId, state: 'online' }
    const first = await this.#logsOne([online, { event: 'account.qr', accountId }], startPatienceMs)
    if ('url' in first) {
      const { botId } = await this.backend.scanAndConfirm(
        String(first.url),
        ownerId,
        this.#botId || undefined,
      )
      this.#botId = botId
    }
    await this.logs({ event: 'gateway.ready' }, startPatienceMs)
    await this.logs(online, startPatienceMs)
  }

  /** Ends it as a power switch or the kernel does. */
  async kill(): Promise<void> {
    this.gateway.kill('SIGKILL')
    await this.gateway.exited
  }

  /** Sets the clock of the gateway. @param offsetMs from the real time */
  async setClock(offsetMs: number): Promise<void> {
    this.forgetLog()
    writeFileSync(join(this.home.folder, 'clock'), String(offsetMs))
    this.gateway.kill('SIGUSR2')
    await this.logs({ event: 'test.clock-set' })
  }

  /** The owner writes `#n# words`. */
  async say(words = ''): Promise<void> {
    await this.backend.control.inbound({ botId: this.#botId, text: `#${this.#said++}# ${words}` })
  }

  /** The owner writes, and the answer is being written when this resolves. `model.release` ends it. */
  async isAnswering(): Promise<void> {
    this.model.hold()
    await this.say()
    await this.model.isAsked()
  }

  /** The answer to the latest message may be missing, and is not counted. */
  giveUpLatest(): void {
    this.#givenUp.add(this.#said - 1)
  }

  /**
   * Waits until every message has an answer.
   * @returns how long that took, in milliseconds
   * @throws also when one was answered twice
   */
  async allAnswered(timeoutMs = patienceMs): Promise<number> {
    const startedMs = performance.now()
    const wanted = Array.from({ length: this.#said }, (_, n) => n).filter((n) => !this.#givenUp.has(n))
    const isWhole = async () => {
      const answered = new Set(await this.#answered())
      return wanted.every((n) => answered.has(n)) || undefined
    }
    await until(isWhole, this.#lastLines, timeoutMs)
    assert.deepEqual(
      (await this.#answered()).toSorted((a, b) => a - b),
      wanted,
    )
    return Math.round(performance.now() - startedMs)
  }

  /** As `allAnswered`; the first notice of all that the owner receives may replace the answer to the latest message. */
  async latestAnsweredOrTold(): Promise<{ answeredAfterMs: number; told?: string }> {
    const isNotice = (text: string) => !answer.test(text) && !text.startsWith(progressNotice.en)
    const notice = async () => (await this.backend.replies(this.#botId)).find(isNotice)
    const first = await Promise.race([this.allAnswered(), until(notice, this.#lastLines, patienceMs)])
    if (typeof first === 'number') return { answeredAfterMs: first }
    this.giveUpLatest()
    return { told: first, answeredAfterMs: await this.allAnswered() }
  }

  async #answered(): Promise<number[]> {
    const texts = await this.backend.replies(this.#botId)
    const numbers = texts.flatMap((text) => answer.exec(text)?.[1]?.split(' ') ?? [])
    return numbers.map(Number).filter((n) => !this.#givenUp.has(n))
  }

  /** Resolves with the latest text that the owner received. */
  async lastText(): Promise<string> {
    return (await this.backend.replies(this.#botId)).at(-1) ?? ''
  }

  /** What the gateway has logged so far is not found by `logs` and `reaches`. */
  forgetLog(): void {
    this.#linesBefore = this.gateway.lines().length
  }

  /** Resolves with the first such log line since `forgetLog`. */
  logs(fields: LogLine, timeoutMs = patienceMs): Promise<LogLine> {
    return this.#logsOne([fields], timeoutMs)
  }

  #logsOne(any: readonly LogLine[], timeoutMs: number): Promise<LogLine> {
    const isWanted = (line: LogLine) =>
      any.some((fields) => Object.entries(fields).every(([key, value]) => line[key] === value))
    const look = () => this.gateway.lines().slice(this.#linesBefore).find(isWanted)
    return until(look, this.#lastLines, timeoutMs)
  }

  reaches(state: string): Promise<LogLine> {
    return this.logs({ event: 'account.state', accountId, state })
  }

  async status(): Promise<GatewayStatus> {
    const { url } = await this.gateway.line({ event: 'gateway.ready' })
    const token = readFileSync(join(this.home.stateDir, 'control-token'), 'utf8').trim()
    const response = await fetch(`${url}/api/status`, { headers: { authorization: `Bearer ${token}` } })
    const status: GatewayStatus = JSON.parse(await response.text())
    return status
  }

  /** Resolves with the first such problem that the status shows. */
  problem(words: RegExp): Promise<string> {
    const look = async () => (await this.status()).problems.find((problem) => words.test(problem))
    return until(look, this.#lastLines, patienceMs)
  }

  readonly #lastLines = () => this.gateway.stdout().split('\n').slice(-30).join('\n')

  async close(): Promise<void> {
    await this.home.dispose()
    this.disk?.remove()
    await Promise.all([this.relay.close(), this.backend.close(), this.model.close()])
  }
}
