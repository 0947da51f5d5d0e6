/**
 * What `turns.ts` measures: a gateway with so many iLink accounts, each of them logged in, its simulator and its model,
 * all in processes of their own.
 */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configWith } from '../support/config.ts'
import { cpuMsOf } from '../support/figures.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { type ModelProcess, startModelProcess } from '../support/model-process.ts'
import { until } from '../support/process.ts'
import { type SimulatorProcess, startSimulatorProcess } from '../support/simulator-process.ts'
import { People } from './turns-people.ts'

export interface StageOptions {
  /** The checkout whose gateway is measured. */
  readonly checkout: string
  /** Where CPU profiles of all processes go; none are taken without it. */
  readonly profileTo?: string | undefined
}

/** Milliseconds of CPU. */
export interface Cpu {
  readonly gateway: number
  readonly simulator: number
  readonly model: number
  readonly people: number
}

/** What the preload counted since it was last asked. */
export interface Counts {
  readonly flushes: Readonly<Record<string, number>>
  readonly loopStallMs: number
}

const startTimeoutMs = 60_000

export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'bench-turns-'))
  readonly simulator: SimulatorProcess
  readonly model: ModelProcess
  /** The `moltbot` of the checkout that is measured. */
  readonly bin: string
  readonly #profiling: NodeJS.ProcessEnv
  readonly #homes: GatewayHome[] = []

  private constructor(
    simulator: SimulatorProcess,
    model: ModelProcess,
    checkout: string,
    profiling: NodeJS.ProcessEnv,
  ) {
    this.simulator = simulator
    this.model = model
    this.bin = join(checkout, 'packages/gateway/bin/moltbot.js')
    this.#profiling = profiling
  }

  static async open({ checkout, profileTo }: StageOptions): Promise<Stage> {
    const profile = `--cpu-prof --cpu-prof-dir=${profileTo}`
    const profiling = (name: string) =>
      profileTo === undefined ? {} : { NODE_OPTIONS: `${profile}/${name}` }
    const simulator = await startSimulatorProcess(profiling('simulator'))
    const model = await startModelProcess(profiling('model'))
    return new Stage(simulator, model, checkout, profiling('gateway'))
  }

  /** The environment of what runs the gateway's code with a warm compile cache. */
  get env(): NodeJS.ProcessEnv {
    return { XDG_CACHE_HOME: join(this.folder, 'cache') }
  }

  /** A home whose gateway has so many accounts. */
  async home(
    accounts: number,
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ home: GatewayHome; botIds: string[] }> {
    const { control, puppetOptions } = this.simulator
    const bound = await Promise.all(Array.from({ length: accounts }, () => control.account()))
    const entries = bound.map(({ token }, n) => [`n${n}`, { puppetOptions: { ...puppetOptions, token } }])
    // No bound on turns: each person writes hundreds of messages.
    const limits = { turnsPerHour: 0 }
    const wechat = { puppet: 'ilink', dmPolicy: 'open', limits, accounts: Object.fromEntries(entries) }
    const home = new GatewayHome(configWith(this.model.baseUrl, wechat), { ...this.env, ...env }, this.bin)
    this.#homes.push(home)
    return { home, botIds: bound.map(({ botId }) => botId) }
  }

  /** Starts a gateway and waits until all its accounts are online. @param under as in `startNode` */
  async run(accounts: number, under: readonly string[] = []): Promise<BusyGateway> {
    const countsFile = join(this.folder, 'counts.json')
    const preload = `--import=${join(import.meta.dirname, 'turns-preload.ts')}`
    const NODE_OPTIONS = `${preload} ${this.#profiling.NODE_OPTIONS ?? ''}`
    const { home, botIds } = await this.home(accounts, { NODE_OPTIONS, MOLTBOT_BENCH_COUNTS: countsFile })
    const gateway = home.startUnder(under)
    const isOnline = () => (onlineOf(gateway) >= accounts ? true : undefined)
    await until(isOnline, () => `${gateway.stdout()}${gateway.stderr()}`, startTimeoutMs)
    const lastSeq = (await this.simulator.control.sent()).at(-1)?.seq
    const people = new People(this.simulator.control, lastSeq)
    return new BusyGateway(this, { gateway, people, botIds, countsFile })
  }

  /** Ends all gateways that still run, and removes their files. */
  async close(): Promise<void> {
    await Promise.all(this.#homes.map((home) => home.dispose()))
    await Promise.all([this.simulator.close(), this.model.close()])
    const folders = [this.folder, ...this.#homes.map(({ folder }) => folder)]
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
  }
}

interface BusyParts {
  readonly gateway: RunningGateway
  readonly people: People
  readonly botIds: readonly string[]
  readonly countsFile: string
}

export class BusyGateway {
  readonly people: People
  readonly botIds: readonly string[]
  readonly gateway: RunningGateway
  readonly #stage: Stage
  readonly #countsFile: string

  constructor(stage: Stage, { gateway, people, botIds, countsFile }: BusyParts) {
    this.#stage = stage
    this.#countsFile = countsFile
    this.gateway = gateway
    this.people = people
    this.botIds = botIds
  }

  get cpu(): Cpu {
    const { simulator, model } = this.#stage
    const { user, system } = process.cpuUsage()
    return {
      gateway: cpuMsOf(this.gateway.pid),
      simulator: cpuMsOf(simulator.pid),
      model: cpuMsOf(model.pid),
      people: (user + system) / 1_000,
    }
  }

  /** What the preload has counted since the last call. */
  async counts(): Promise<Counts> {
    rmSync(this.#countsFile, { force: true })
    this.gateway.kill('SIGUSR2')
    await until(() => existsSync(this.#countsFile) || undefined)
    return JSON.parse(readFileSync(this.#countsFile, 'utf8'))
  }
}

function onlineOf(gateway: RunningGateway): number {
  return gateway.lines().filter(({ event, state }) => event === 'account.state' && state === 'online').length
}
