/**
 * Three gateways with one configuration, each behind proxies of its own to the database and to the simulated iLink backend,
 * and people who write to their accounts all the time.
 */

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ModelServer, startModelServer } from '@moltbot/channel-sdk/testing'
import { connectGateway } from '../../packages/gateway/src/control/client.ts'
import { type Backend, startBackend, textOf } from '../support/backend.ts'
import { configWith } from '../support/config.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import { CutProxy } from './cut-proxy.ts'
import { answerTo, Ledger } from './ledger.ts'
import { Servers } from './servers.ts'

const names = ['one', 'two', 'three'] as const
const loginMs = 120_000
const database = 'postgres'

/** One gateway, over all its lives. */
export class Station {
  readonly name: string
  readonly toDatabase: CutProxy
  readonly home: GatewayHome
  running: RunningGateway | undefined
  /** Requests that sent a chunk, and that asked for messages, over all its lives. */
  readonly requests = { sends: 0, polls: 0 }
  readonly #toBackend: CutProxy
  readonly #lives: RunningGateway[] = []

  private constructor(name: string, toDatabase: CutProxy, toBackend: CutProxy, home: GatewayHome) {
    this.name = name
    this.toDatabase = toDatabase
    this.#toBackend = toBackend
    this.home = home
  }

  static async open(name: string, config: object, servers: Servers, backendUrl: string): Promise<Station> {
    const folder = mkdtempSync(join(tmpdir(), 'moltbot-proxy-'))
    const toDatabase = await CutProxy.listen({
      listen: join(folder, '.s.PGSQL.5432'),
      target: () => ({ path: servers.path }),
    })
    const requests = { sends: 0, polls: 0 }
    const toBackend = await CutProxy.listen({
      listen: 0,
      target: () => ({ host: '127.0.0.1', port: Number(new URL(backendUrl).port) }),
      onSent: (bytes) => {
        const text = bytes.toString('latin1')
        requests.sends += text.split('POST /ilink/bot/sendmessage').length - 1
        requests.polls += text.split('POST /ilink/bot/getupdates').length - 1
      },
    })
    const home = new GatewayHome(config, {
      MOLTBOT_GATEWAY_NAME: name,
      MOLTBOT_STATE_URL: `postgres:///${database}?host=${encodeURIComponent(folder)}&user=postgres`,
      TEST_ILINK: `http://127.0.0.1:${toBackend.port}`,
    })
    const station = new Station(name, toDatabase, toBackend, home)
    Object.assign(station, { requests })
    return station
  }

  start(): RunningGateway {
    this.running = this.home.start()
    this.#lives.push(this.running)
    return this.running
  }

  log(): string {
    return this.#lives.map((life) => life.stdout() + life.stderr()).join('')
  }

  /** Accounts that it serves, by its own word; none where it does not answer. */
  async served(): Promise<string[]> {
    const ask = async () => connectGateway(this.home.stateDir).call('status')
    const status = await ask().catch(() => undefined)
    return (status?.accounts ?? []).flatMap(({ accountId, gateway, state }) =>
      gateway === this.name && state === 'online' ? [accountId] : [],
    )
  }

  async close(): Promise<void> {
    this.running?.kill('SIGCONT')
    await this.home.dispose()
    await Promise.all([this.toDatabase.close(), this.#toBackend.close()])
  }
}

export class Stage {
  readonly ledger = new Ledger()
  readonly servers: Servers
  readonly stations: readonly Station[]
  readonly accounts: readonly string[]
  readonly #backend: Backend
  readonly #model: ModelServer
  readonly #bots = new Map<string, string>()
  readonly #over = new AbortController()
  #traffic: Promise<unknown> = Promise.resolve()
  #readUpTo = 0

  private constructor(
    servers: Servers,
    stations: readonly Station[],
    accounts: readonly string[],
    backend: Backend,
    model: ModelServer,
  ) {
    this.servers = servers
    this.stations = stations
    this.accounts = accounts
    this.#backend = backend
    this.#model = model
  }

  /** @param delivery how the backend gives messages, as the README of the simulator says */
  static async open(accountCount: number, delivery: 'ack' | 'replay'): Promise<Stage> {
    const backend = await startBackend()
    await backend.control.settings({ quota: 1_000_000, delivery })
    const model = await startModelServer({ reply: ({ lastUserText }) => answerTo(lastUserText) })
    const servers = await Servers.start()
    const accounts = Array.from({ length: accountCount }, (_, index) => `account-${index}`)
    const open = { dmPolicy: 'open', allowFrom: ['*'], limits: { turnsPerHour: 0 } }
    // The address differs from gateway to gateway, so that it is known which of them asks the backend.
    const toBackend = { baseUrl: ofEnvironment('TEST_ILINK'), loginBaseUrl: ofEnvironment('TEST_ILINK') }
    const config = configWith(model.baseUrl, {
      puppet: 'ilink',
      puppetOptions: { ...backend.puppetOptions, ...toBackend },
      ...open,
      accounts: Object.fromEntries(accounts.map((id) => [id, {}])),
    })
    const { baseUrl } = backend.puppetOptions
    const stations: Station[] = []
    for (const name of names) stations.push(await Station.open(name, config, servers, baseUrl))
    return new Stage(servers, stations, accounts, backend, model)
  }

  /** Logs every account in, at whichever gateway shows its code. */
  async logIn(): Promise<void> {
    // One after the other: a start takes much of the processor, and each moves accounts.
    for (const station of this.stations) await station.start().line({ event: 'gateway.ready' }, loginMs)
    const scanned = new Set<string>()
    await until(() => this.#scanNew(scanned), undefined, loginMs)
  }

  /** Scans the codes that were not scanned yet. @returns whether every account is served */
  async #scanNew(scanned: Set<string>): Promise<true | undefined> {
    const lines = this.stations.flatMap(({ running }) => running?.lines() ?? [])
    for (const { event, accountId, url } of lines) {
      if (event !== 'account.qr' || scanned.has(String(url))) continue
      scanned.add(String(url))
      const { botId } = await this.#backend.scanAndConfirm(String(url), `o${accountId}@im.wechat`)
      this.#bots.set(String(accountId), botId)
    }
    return (await this.servedAll()) || undefined
  }

  /** Is each account online at one of the gateways? */
  async servedAll(): Promise<boolean> {
    const served = await Promise.all(this.stations.map((station) => station.served()))
    return served.flat().length === this.accounts.length
  }

  /** From now on each account gets a message about every `everyMs`. */
  write(everyMs: number): void {
    const { signal } = this.#over
    const read = async () => {
      while (!signal.aborted) {
        await this.#read()
        await sleep(50)
      }
    }
    const writing = this.accounts.map(async (accountId, index) => {
      await sleep((everyMs * index) / this.accounts.length)
      while (!signal.aborted) {
        await this.#ask(accountId)
        await sleep(everyMs)
      }
    })
    this.#traffic = Promise.all([read(), ...writing])
  }

  /** Nobody writes any more; waits until everything is answered, for `ms` at most, and a moment for what comes twice. */
  async settle(ms: number): Promise<void> {
    this.#over.abort()
    await this.#traffic
    const endMs = performance.now() + ms
    while (this.ledger.open > 0 && performance.now() < endMs) {
      await this.#read()
      await sleep(100)
    }
    await sleep(2_000)
    await this.#read()
  }

  /** The log of each gateway over all its lives, and what people wrote. */
  writeLogs(folder: string): void {
    mkdirSync(folder, { recursive: true })
    for (const station of this.stations) writeFileSync(join(folder, `${station.name}.log`), station.log())
    writeFileSync(join(folder, 'questions.json'), JSON.stringify(this.ledger, undefined, 1))
  }

  async close(): Promise<void> {
    this.#over.abort()
    await this.#traffic.catch(() => undefined)
    await Promise.all(this.stations.map((station) => station.close()))
    await Promise.all([this.#backend.close(), this.#model.close()])
    this.servers.stop()
  }

  async #ask(accountId: string): Promise<void> {
    const botId = this.#bots.get(accountId) ?? ''
    await this.#backend.control.inbound({
      botId,
      from: `o${accountId}@im.wechat`,
      text: this.ledger.ask(accountId),
    })
  }

  async #read(): Promise<void> {
    for (const { seq, items } of await this.#backend.control.sent({ after: this.#readUpTo })) {
      this.#readUpTo = seq
      this.ledger.arrived(textOf(items))
    }
  }
}

const ofEnvironment = (name: string) => `\${${name}}`
