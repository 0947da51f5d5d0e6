/**
 * One running gateway: holds the state directory, serves the control plane, and keeps one service under it, which a
 * restart replaces without giving up either.
 */

import { join } from 'node:path'
import {
  type ChannelPlugin,
  DiskBudget,
  MoltbotError,
  messageOf,
  Queue,
  withDeadline,
} from '@moltbot/channel-sdk'
import { type FileWatcher, watchFiles } from './config/files.ts'
import { type ControlServer, listen } from './control/server.ts'
import { type GatewayPhase, type GatewayStatus, reportOn } from './control/status.ts'
import type { ControlTarget } from './control/target.ts'
import { EventHub } from './events/event-hub.ts'
import { filesUsage } from './files/usage.ts'
import type { LogFileOptions } from './log/log-file.ts'
import type { Log } from './log/logger.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { Metrics } from './metrics/types.ts'
import { useProxies } from './network/outgoing.ts'
import { describeProxies } from './network/proxy.ts'
import { openService, type Service } from './service.ts'
import type { Settings } from './settings.ts'
import { makeControlToken } from './state/control-token.ts'
import { removeGatewayFile, writeGatewayFile } from './state/gateway-file.ts'
import { takeLastCrash } from './state/last-crash.ts'
import { type GatewayLock, takeGatewayLock } from './state/lock.ts'
import type { StateDesk } from './state/state-desk.ts'
import { makePrivateDir } from './state/state-dir.ts'
import { WriteCheck } from './state/write-check.ts'
import { version } from './version.ts'

export interface GatewayOptions {
  readonly stateDir: string
  readonly log: Log
  readonly plugins: readonly ChannelPlugin[]
  /** Reads and checks the configuration: at the start, and again at each restart and reload. */
  readonly loadSettings: () => Promise<Settings>
  /** Instead of the configured port. 0: a free one. */
  readonly port?: number | undefined
  /** Milliseconds since the epoch, by which pairing codes are dated. Defaults to the system's clock. */
  readonly now?: () => number
  /** What is wrong with the environment of the process, for `status`. The caller has logged it. */
  readonly warnings?: readonly string[]
  /** A lock of `stateDir` that is held already; the gateway releases it when it stops. */
  readonly lock?: GatewayLock
}

export interface Gateway {
  readonly url: string
  /** Resolves when every account is supervised or has failed, after the start or the latest restart. */
  ready(): Promise<void>
  status(): Promise<GatewayStatus>
  /**
   * Takes the configuration as it is now; only the accounts that it changes are restarted. Saving a file of the
   * configuration does the same.
   * @throws when it is invalid; the old one stays in use. `stopping` when a stop overtakes it
   */
  reload(): Promise<void>
  /**
   * Closes everything but the control plane and opens it again, with the old configuration where the new one is invalid.
   * Gives way to a stop.
   * @throws what a channel says that cannot be opened again; the gateway ends then
   */
  restart(): Promise<void>
  /**
   * Ends at once what a reload or restart waits for, lets running turns end for `gateway.shutdownTimeoutMs`, stops the
   * channels within the deadline (a second more than that if left out), and closes everything: nothing of the gateway runs or writes afterwards. A second call joins the first.
   */
  stop(options?: { readonly deadlineMs: number }): Promise<void>
  /** Counts an unhandled error, for `status`. */
  noteUnhandled(): void
  /** The process's exit code, once the gateway has ended: 0 when it was stopped, 1 when a restart failed. */
  readonly ended: Promise<number>
}

/** For reading the configuration, which may be on a network folder that does not answer. */
const loadTimeoutMs = 30_000
/** What the channels get to end, beyond the time for running turns. */
const endMs = 1_200

/**
 * Starts a gateway. Resolves when the control plane listens and the channels are open; accounts start meanwhile.
 * @throws what `loadSettings` throws, `gateway-running`, `port-taken`, `bind-refused`, or what a channel says.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  let lock = options.lock
  try {
    const settings = await options.loadSettings()
    makePrivateDir(options.stateDir)
    lock ??= takeGatewayLock(options.stateDir)
    return await RunningGateway.start(options, lock, settings)
  } catch (error) {
    lock?.release()
    throw error
  }
}

class RunningGateway implements Gateway {
  readonly ended: Promise<number>
  readonly #options: GatewayOptions
  readonly #lock: GatewayLock
  readonly #metrics: Metrics
  readonly #events: EventHub
  readonly #writeCheck: WriteCheck
  readonly #disk = new DiskBudget(() => this.#settings.mediaDiskBytes)
  readonly #startedAt = new Date().toISOString()
  readonly #markEnded: (exitCode: number) => void
  #server: ControlServer | undefined
  #service: Service | undefined
  #state: Promise<StateDesk> | undefined
  #settings: Settings
  /** The configured address that the server listens on. */
  readonly #address: Pick<Settings, 'host' | 'port'>
  #watcher: FileWatcher | undefined
  #phase: GatewayPhase = 'starting'
  #ready: Promise<void> = Promise.resolve()
  #reloadError: string | undefined
  #restarts = 0
  #unhandledErrors = 0
  #stopping: Promise<void> | undefined
  /** Opening, reloading and restarting the service happen one after the other. */
  readonly #queue = new Queue()
  /** Aborts with `stopping` when the gateway stops. */
  readonly #life = new AbortController()

  private constructor(options: GatewayOptions, lock: GatewayLock, settings: Settings) {
    const { promise, resolve } = Promise.withResolvers<number>()
    this.ended = promise
    this.#markEnded = resolve
    this.#options = options
    this.#lock = lock
    const onError = (error: unknown) =>
      options.log.logger.error({ err: error }, 'Something could not be counted')
    this.#metrics = createMetrics(onError)
    this.#events = new EventHub({ onError })
    this.#writeCheck = new WriteCheck(options.stateDir)
    this.#settings = settings
    this.#address = settings
  }

  static async start(options: GatewayOptions, lock: GatewayLock, settings: Settings): Promise<Gateway> {
    const gateway = new RunningGateway(options, lock, settings)
    removeGatewayFile(options.stateDir) // What a killed gateway left.
    await gateway.#listen()
    writeGatewayFile(options.stateDir, gateway.#info())
    try {
      await gateway.#queue.run(() => gateway.#open(settings))
    } catch (error) {
      await (gateway.#stopping ?? gateway.#close())
      throw error
    }
    return gateway
  }

  get url(): string {
    return this.#server?.url ?? ''
  }

  ready(): Promise<void> {
    return this.#ready
  }

  noteUnhandled(): void {
    this.#unhandledErrors++
  }

  reload(): Promise<void> {
    return this.#queue.run(async () => {
      const settings = await this.#loadSettings()
      this.#life.signal.throwIfAborted()
      if (this.#service !== undefined) await this.#apply(this.#service, settings)
    })
  }

  restart(): Promise<void> {
    return this.#queue.run(async () => {
      const settings = await this.#loadSettings().catch(() => this.#settings)
      if (!this.#life.signal.aborted) await this.#replace(settings)
    })
  }

  stop({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<void> {
    return this.#shutDown(0, deadlineMs ?? this.#settings.shutdownTimeoutMs + endMs)
  }

  async status(): Promise<GatewayStatus> {
    const service = this.#service
    const channels = service?.channels
    const listed = await channels?.accounts()
    const accounts = (listed?.accounts ?? []).map((account) => reportOn(account))
    const problems = [
      ...(listed?.problems ?? []),
      ...accounts.flatMap(({ problem }) => problem ?? []),
      ...(service?.toolbox.clashes() ?? []),
      service?.modelHealth.problem ?? [],
      (await this.#writeCheck.problem()) ?? [],
    ].flat()
    const { path, agent } = this.#settings
    const proxy = describeProxies(this.#settings.proxies)
    return {
      ...this.#info(),
      stateDir: this.#options.stateDir,
      phase: this.#phase,
      healthy: this.#phase === 'running' && problems.length === 0,
      problems,
      warnings: [
        ...(this.#options.warnings ?? []),
        ...this.#warningsOf(this.#settings),
        ...(service?.agent.warnings() ?? []),
      ],
      config: { path, ...(this.#reloadError === undefined ? {} : { reloadError: this.#reloadError }) },
      ...(agent.model === undefined ? {} : { model: agent.model }),
      ...(proxy === undefined ? {} : { proxy }),
      accounts,
      ...(channels?.defaultAccountId && { defaultAccountId: channels.defaultAccountId }),
      pairing: { pending: (await service?.pairing.list())?.pending.length ?? 0 },
      setAside: service?.setAside ?? 0,
      files: filesUsage(this.#disk),
      restarts: this.#restarts,
      unhandledErrors: this.#unhandledErrors,
    }
  }

  #info() {
    return { version, pid: process.pid, url: this.url, startedAt: this.#startedAt }
  }

  async #listen(): Promise<void> {
    const { stateDir, log } = this.#options
    const token = makeControlToken(stateDir)
    log.redactor.register(token)
    const { host, port } = this.#settings
    const target = this.#controlTarget()
    this.#server = await listen({ host, port: this.#options.port ?? port, token, target, log: log.logger })
  }

  #controlTarget(): ControlTarget {
    const service = () => {
      if (this.#service !== undefined) return this.#service
      throw new MoltbotError('gateway-busy', `the gateway is ${this.#phase}; try again`, { retryable: true })
    }
    return {
      ready: () => this.#phase === 'running',
      accountIds: () => this.#service?.channels.accountIds ?? [],
      account: async (accountId) => reportOn(await service().channels.account(accountId)),
      events: this.#events,
      status: () => this.status(),
      metrics: async () => this.#metrics.page(await this.status()),
      pairing: () => service().pairing,
      revoke: async (senderId, accountId) => {
        const { pairing, channels } = service()
        await pairing.revoke(senderId, accountId)
        await channels.admissionsChanged(accountId)
      },
      notifyApproved: ({ accountId, senderId }) => service().channels.notifyApproved(accountId, senderId),
      submitVerifyCode: async (accountId, code) => service().channels.submitVerifyCode(accountId, code),
      send: async (order) => service().channels.send(order),
      listOutbox: async (listing, accountId) => service().channels.listOutbox(listing, accountId),
      changeOutbox: async (change) => service().channels.changeOutbox(change),
      state: () => this.#stateDesk(),
      explain: async (order) => service().channels.explain(order),
      logout: async (accountId) => service().channels.logout(accountId),
      probe: async (accountIds) => service().channels.probe(accountIds),
      stop: () => void this.stop(),
      restart: () => void this.restart().catch(() => undefined), // Logged where it fails.
      reload: () => this.reload(),
    }
  }

  /** Loaded when it is asked for: a start need not wait for the archiver. */
  #stateDesk(): Promise<StateDesk> {
    const { stateDir, log } = this.#options
    this.#state ??= import('./state/state-desk.ts').then(
      ({ StateDesk }) => new StateDesk(stateDir, log.logger),
    )
    return this.#state
  }

  /** Opens the service and lets its accounts start in the background. */
  async #open(settings: Settings): Promise<void> {
    const { log, plugins, stateDir, now } = this.#options
    this.#announce(settings)
    const { signal } = this.#life
    const { count } = this.#metrics
    const events = this.#events
    const disk = this.#disk
    const hasCrashed = this.#takeLastCrash()
    const world = { plugins, stateDir, log, count, events, disk, hasCrashed, signal, now }
    const service = await openService({ settings, ...world })
    if (signal.aborted) await service.stop({ deadlineMs: 0 })
    signal.throwIfAborted()
    this.#service = service
    this.#settings = settings
    this.#ready = service.channels.start().then(() => this.#becomeReady(service))
  }

  /** The first service that is opened learns of it. */
  #takeLastCrash(): boolean {
    const report = takeLastCrash(this.#options.stateDir)
    if (report === undefined) return false
    const message = 'The last process crashed by itself; turns that were under way run one at a time'
    this.#options.log.logger.error({ event: 'process.crashed', report }, message)
    return true
  }

  async #apply(service: Service, settings: Settings): Promise<void> {
    const { logger } = this.#options.log
    this.#announce(settings)
    this.#settings = settings
    this.#watch()
    try {
      const accounts = await service.reconfigure(settings)
      logger.info({ event: 'config.applied', accounts }, appliedTo(accounts))
      void this.#disk.trim() // The limit may be lower than before.
    } catch (error) {
      this.#life.signal.throwIfAborted()
      this.#reloadError = messageOf(error)
      logger.error({ event: 'config.not-applied', err: error }, 'The new configuration could not be applied')
      throw error
    }
    void service.agent.warmUp()
  }

  /** What must be known of a configuration before anything runs under it. */
  #announce(settings: Settings): void {
    const { redactor, logger } = this.#options.log
    for (const secret of settings.secrets) redactor.register(secret)
    this.#options.log.setFile(logFileIn(this.#options.stateDir, settings))
    for (const warning of this.#warningsOf(settings)) logger.warn({ event: 'config.warning' }, warning)
    const before = describeProxies(this.#settings.proxies)
    const proxies = describeProxies(settings.proxies)
    useProxies(settings.proxies)
    if (proxies !== before || this.#service === undefined) this.#logProxies(proxies)
  }

  #logProxies(proxies: string | undefined): void {
    if (proxies === undefined) return
    this.#options.log.logger.info({ event: 'network.proxy' }, `Requests go through the proxy ${proxies}`)
  }

  #watch(): void {
    this.#watcher?.close()
    if (this.#life.signal.aborted) return
    this.#watcher = watchFiles(this.#settings.files, () => {
      this.reload().catch(() => undefined) // Logged where it fails.
    })
  }

  #becomeReady(service: Service): void {
    if (this.#service !== service || this.#life.signal.aborted) return
    this.#phase = 'running'
    this.#watch()
    const { url, pid } = this.#info()
    this.#options.log.logger.info({ event: 'gateway.ready', url, pid }, 'Gateway is ready')
    void this.#warmUp(service)
  }

  /** What the first turn and the first request need, in this order. */
  async #warmUp(service: Service): Promise<void> {
    await service.agent.warmUp()
    await this.#server?.warmUp().catch((error: unknown) => {
      this.#options.log.logger.error({ err: error }, 'The control plane could not be loaded')
    })
  }

  async #loadSettings(): Promise<Settings> {
    try {
      const settings = await withDeadline(() => this.#options.loadSettings(), {
        ms: loadTimeoutMs,
        signal: this.#life.signal,
        otherwise: 'the configuration could not be read',
      })
      this.#reloadError = undefined
      return settings
    } catch (error) {
      this.#life.signal.throwIfAborted()
      this.#reloadError = messageOf(error)
      const message = 'The configuration on disk is invalid; the running one stays in use'
      this.#options.log.logger.error({ event: 'config.rejected', err: error }, message)
      throw error
    }
  }

  async #replace(settings: Settings): Promise<void> {
    this.#phase = 'restarting'
    await this.#closeService(this.#settings.shutdownTimeoutMs + endMs)
    if (this.#life.signal.aborted) return
    this.#restarts++
    try {
      await this.#open(settings)
    } catch (error) {
      if (this.#life.signal.aborted) return
      this.#options.log.logger.error({ err: error }, 'Restart failed; the gateway ends')
      void this.#shutDown(1, 0)
      throw error
    }
  }

  #warningsOf({ warnings, host, port }: Settings): readonly string[] {
    if (host === this.#address.host && port === this.#address.port) return warnings
    const address = 'gateway.port and gateway.bind have changed; they apply when the process is started again'
    return [...warnings, address]
  }

  async #closeService(deadlineMs: number): Promise<void> {
    const service = this.#service
    this.#service = undefined
    await service?.stop({ deadlineMs, turnsMs: Math.max(0, deadlineMs - endMs) })
  }

  #shutDown(exitCode: number, deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#end(exitCode, deadlineMs)
    return this.#stopping
  }

  /** Never throws. */
  async #end(exitCode: number, deadlineMs: number): Promise<void> {
    this.#phase = 'stopping'
    this.#life.abort(new MoltbotError('stopping', 'the gateway is stopping', { retryable: true }))
    this.#watcher?.close()
    await this.#closeService(deadlineMs)
    await this.#queue.idle() // At once: all that is in it has ended with `stopping`, or closes within its own deadline.
    await this.#close()
    this.#options.log.logger.info({ event: 'gateway.stopped' }, 'Gateway has stopped')
    this.#markEnded(exitCode)
  }

  /** Gives up the address and the state directory. */
  async #close(): Promise<void> {
    await this.#server?.close()
    removeGatewayFile(this.#options.stateDir)
    this.#lock.release()
  }
}

function logFileIn(stateDir: string, { logFile }: Settings): LogFileOptions | undefined {
  if (logFile === false) return undefined
  return { ...logFile, path: logFile.path ?? join(stateDir, 'logs', 'gateway.log') }
}

function appliedTo(accounts: readonly string[]): string {
  const restarted = accounts.length === 0 ? 'no account had to restart' : `restarted ${accounts.join(', ')}`
  return `The configuration was applied; ${restarted}`
}
