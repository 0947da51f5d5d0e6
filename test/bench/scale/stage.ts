/**
 * What is measured: gateways that share accounts over one database, or one gateway with its SQLite files. WeChat, the model
 * and the database server are processes of their own, on the same machine.
 */

import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { configWith } from '../../support/config.ts'
import { cpuMsOf, round } from '../../support/figures.ts'
import { GatewayHome, type RunningGateway } from '../../support/gateway.ts'
import { type ModelProcess, startModelProcess } from '../../support/model-process.ts'
import { tripsFile } from '../../support/postgres-trips.ts'
import { type SimulatorProcess, startSimulatorProcess } from '../../support/simulator-process.ts'
import { People } from '../turns-people.ts'
import { Server } from './server.ts'

/** Gateways that serve the same accounts, and the accounts. */
export interface Side {
  readonly name: string
  readonly gateways: readonly RunningGateway[]
  readonly botIds: readonly string[]
  /** Undefined: SQLite. */
  readonly database?: string
}

export interface SideOptions {
  readonly name: string
  readonly accounts: number
  readonly store: 'sqlite' | 'postgres'
  /** Defaults to 1. */
  readonly gateways?: number
  /** File for the statements of the gateways, see `postgres-trips.ts`. Such gateways are not profiled. */
  readonly trips?: string
}

/** Milliseconds on a core, by who has spent them. */
export type Cpu = Readonly<Record<'gateways' | 'postgres' | 'simulator' | 'model' | 'people', number>>

const preload = import.meta.resolve('../../support/postgres-trips.ts')
const lookEveryMs = 500
/** Where another gateway joins, accounts move: they have come to rest when so many looks found the same. */
const looksAtRest = 4
const accountsAtOnce = 50
const patienceMs = 300_000

export class Stage {
  readonly server: Server
  readonly people: People
  readonly #simulator: SimulatorProcess
  readonly #model: ModelProcess
  readonly folder = mkdtempSync(join(tmpdir(), 'bench-scale-'))
  readonly #profileTo: string | undefined
  readonly #homes: GatewayHome[] = []

  private constructor(server: Server, simulator: SimulatorProcess, model: ModelProcess, profileTo?: string) {
    this.server = server
    this.people = new People(simulator.control, 0, patienceMs)
    this.#simulator = simulator
    this.#model = model
    this.#profileTo = profileTo
  }

  /** @param profileTo folder for CPU profiles of the gateways; none are taken without it */
  static async open(profileTo?: string): Promise<Stage> {
    const server = await Server.start()
    return new Stage(server, await startSimulatorProcess(), await startModelProcess(), profileTo)
  }

  /** Starts gateways and waits until they serve all accounts. */
  async start({ name, accounts, store, gateways = 1, trips }: SideOptions): Promise<Side> {
    const { botIds, config } = await this.#accounts(accounts)
    const database = store === 'postgres' ? await this.server.database() : undefined
    const homes = Array.from({ length: gateways }, (_, index) => {
      const counting = trips === undefined ? {} : { NODE_OPTIONS: `--import=${preload}`, [tripsFile]: trips }
      return new GatewayHome(config, {
        ...this.#env(`${name}-${index}`),
        ...this.#stateOf(database),
        ...counting,
      })
    })
    this.#homes.push(...homes)
    const side = { name, gateways: homes.map((home) => home.start()), botIds, ...(database && { database }) }
    await this.#served(side)
    return side
  }

  /** Starts a gateway of weight 0 with so many accounts, of which no other gateway knows. */
  async startDrained(accounts: number) {
    const database = await this.server.database()
    const ids = Array.from({ length: accounts }, (_, n) => `n${n}`)
    const config = {
      ...this.#config(Object.fromEntries(ids.map((id) => [id, {}]))),
      cluster: { weights: { drained: 0 } },
    }
    const home = new GatewayHome(config, { ...this.#env('drained'), ...this.#stateOf(database) })
    this.#homes.push(home)
    const startedMs = performance.now()
    const gateway = home.start()
    const ready = gateway.line({ event: 'gateway.ready' }, patienceMs)
    await Promise.race([ready, gateway.exited])
    await mustRun(gateway)
    return { gateway, database, readySeconds: round((performance.now() - startedMs) / 1_000) }
  }

  /** Also writes the profiles. */
  async stop({ gateways }: Side): Promise<void> {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
  }

  cpuOf({ gateways }: Side): Cpu {
    const { user, system } = process.cpuUsage()
    return {
      gateways: gateways.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
      postgres: this.server.cpuMs,
      simulator: cpuMsOf(this.#simulator.pid),
      model: cpuMsOf(this.#model.pid),
      people: (user + system) / 1_000,
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#homes.map((home) => home.dispose()))
    await Promise.all([this.#simulator.close(), this.#model.close()])
    this.server.stop()
    const folders = [this.folder, ...this.#homes.map(({ folder }) => folder)]
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
  }

  /** How many accounts each gateway serves. */
  async placesOf({ database }: Side): Promise<readonly number[]> {
    if (database === undefined) return []
    const rows = await this.server.query(placesQuery, database)
    return rows.map(({ online }) => Number(online))
  }

  async #accounts(count: number) {
    const { control, puppetOptions } = this.#simulator
    const bound: { botId: string; token: string }[] = []
    while (bound.length < count) {
      const length = Math.min(accountsAtOnce, count - bound.length)
      bound.push(...(await Promise.all(Array.from({ length }, () => control.account()))))
    }
    const entries = bound.map(({ token }, n) => [`n${n}`, { puppetOptions: { ...puppetOptions, token } }])
    return { botIds: bound.map(({ botId }) => botId), config: this.#config(Object.fromEntries(entries)) }
  }

  #config(accounts: object): object {
    // No bound on turns: each person writes thousands of messages.
    const limits = { turnsPerHour: 0 }
    return configWith(this.#model.baseUrl, { puppet: 'ilink', dmPolicy: 'open', limits, accounts })
  }

  #env(name: string): NodeJS.ProcessEnv {
    const profiling = `--cpu-prof --cpu-prof-dir=${this.#profileTo}/${name}`
    return {
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      MOLTBOT_GATEWAY_NAME: name,
      ...(this.#profileTo !== undefined && { NODE_OPTIONS: profiling }),
    }
  }

  #stateOf(database: string | undefined): NodeJS.ProcessEnv {
    return database === undefined ? {} : { MOLTBOT_STATE_URL: this.server.url(database) }
  }

  async #served(side: Side): Promise<void> {
    let [atRest, latest] = [0, '']
    while (atRest < looksAtRest) {
      await sleep(lookEveryMs)
      for (const gateway of side.gateways) await mustRun(gateway)
      const places =
        side.database === undefined ? [onlineOf(side)] : await this.placesOf(side).catch(() => [])
      const text = places.join()
      const isServed = places.length === side.gateways.length && sum(places) === side.botIds.length
      atRest = isServed && text === latest ? atRest + 1 : 0
      latest = text
    }
  }
}

const placesQuery = `
  SELECT count(hold.status::json ->> 'state' = 'online' OR NULL) AS online
  FROM cluster.member LEFT JOIN cluster.hold ON member.id = hold.member_id GROUP BY member.id ORDER BY 1`

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

async function mustRun(gateway: RunningGateway): Promise<void> {
  const code = await Promise.race([gateway.exited, undefined])
  if (code !== undefined) throw new Error(`a gateway has ended: ${gateway.stdout()}${gateway.stderr()}`)
}

function onlineOf({ gateways }: Side): number {
  return sum(gateways.map(({ stdout }) => stdout().split('"state":"online"').length - 1))
}
