/**
 * One running gateway: holds the state directory, serves the control plane, and keeps one service under it, which a
 * restart replaces without giving up either.
 */

import { isDeepStrictEqual } from 'node:util'
import { DiskBudget, MoltbotError, messageOf, Queue, withDeadline } from '@moltbot/channel-sdk'
import { announce, appliedTo } from './announce.ts'
import type { ConfigAnswer } from './api/answers.ts'
import type { Frozen } from './api/route.ts'
import { type FileWatcher, watchFiles } from './config/files.ts'
import { type ControlServer, listen } from './control/server.ts'
import type { GatewayPhase, GatewayStatus } from './control/status.ts'
import type { ControlTarget } from './control/target.ts'
import { controlTarget } from './control-target.ts'
import { DatabaseWait } from './database-wait.ts'
import { EventHub } from './events/event-hub.ts'
import { gatewayStatus } from './gateway-status.ts'
import type { Gateway, GatewayOptions } from './gateway-types.ts'
import { createMetrics } from './metrics/metrics.ts'
import type { Metrics } from './metrics/types.ts'
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
  readonly #wait: DatabaseWait
  readonly #disk = new DiskBudget(() => this.#settings.mediaDiskBytes)
  readonly #startedAt = new Date().toISOString()
  readonly #markEnded: (exitCode: number) => void
  #server: ControlServer | undefined
  #target: ControlTarget | undefined
  #service: Service | undefined
  #state: Promise<StateDesk> | undefined
  #settings: Settings
  /** The configured address that the server listens on. */
  readonly #address: Pick<Settings, 'host' | 'port'>
  /** What the service has open. */
  #database: Settings['database']
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
    this.#database = settings.database
    this.#wait = new DatabaseWait(options.log.logger)
    this.#address = settings
  }

  static async start(options: GatewayOptions, lock: GatewayLock, settings: Settings): Promise<Gateway> {
    const gateway = new RunningGateway(options, lock, settings)
    removeGatewayFile(options.stateDir) // What a killed gateway left.
    await gateway.#listen()
    writeGatewayFile(options.stateDir, gateway.#info())
    try {
      await gateway.#openFirst(settings)
      gateway.#alertOperator()
    } catch (error) {
      await (gateway.#stopping ?? gateway.#close())
      throw error
    }
    return gateway
  }

  /** Resolves when the service is open, or waits for its database: then it opens in the background. */
  async #openFirst(settings: Settings): Promise<void> {
    const opening = this.#queue.run(() => this.#open(settings))
    this.#ready = opening.then(() => this.#ready)
    this.#ready.catch(() => undefined) // Handled below.
    await Promise.race([opening, this.#wait.begun])
    opening.catch((error: unknown) => {
      if (this.#life.signal.aborted) return
      this.#options.log.logger.error({ err: error }, 'The gateway could not be opened; it ends')
      void this.#shutDown(1, 0)
    })
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
    return gatewayStatus({
      ...this.#info(),
      stateDir: this.#options.stateDir,
      phase: this.#phase,
      settings: this.#settings,
      service: this.#service,
      disk: this.#disk,
      warnings: [...(this.#options.warnings ?? []), ...this.#warningsOf(this.#settings)],
      reloadError: this.#reloadError,
      writeProblem: await this.#writeCheck.problem(),
      ...(this.#options.phone && { hasPhone: true as const }),
      storeProblem: this.#storeProblem,
      restarts: this.#restarts,
      unhandledErrors: this.#unhandledErrors,
    })
  }

  get #storeProblem(): string | undefined {
    return this.#wait.problem ?? this.#service?.storeProblem
  }

  #info() {
    return { version, pid: process.pid, url: this.url, startedAt: this.#startedAt }
  }

  async #listen(): Promise<void> {
    const { stateDir, log } = this.#options
    const token = makeControlToken(stateDir)
    log.redactor.register(token)
    const { host, port } = this.#settings
    this.#target = controlTarget({
      gateway: this,
      phase: () => this.#phase,
      storeProblem: () => this.#storeProblem,
      service: () => this.#service,
      events: this.#events,
      metrics: this.#metrics,
      state: () => this.#stateDesk(),
      log: log.recent,
      config: () => this.#config(),
      showsTexts: () => this.#settings.showsTexts,
      phone: this.#options.phone,
      publicHosts: () => this.#settings.publicHosts,
    })
    const own = { token, target: this.#target, log: log.logger }
    this.#server = await listen({ host, port: this.#options.port ?? port, ...own })
  }

  async #config(): Promise<Frozen<ConfigAnswer>> {
    const { describeConfig } = this.#options
    if (describeConfig === undefined)
      throw new MoltbotError('no-config-file', 'there is no configuration file')
    const report = await withDeadline(describeConfig, { ms: loadTimeoutMs, signal: this.#life.signal })
    const waitsFor = this.#restartNeeds(this.#settings)
    const isInvalid = report.problems.some(({ severity }) => severity === 'error')
    const edit = isInvalid ? 'invalid' : waitsFor.length > 0 ? 'waiting' : 'in-use'
    return { ...report, edit, waitsFor }
  }

  /** Loaded when it is asked for: a start need not wait for the archiver. */
  #stateDesk(): Promise<StateDesk> {
    const { stateDir, log } = this.#options
    this.#state ??= import('./state/state-desk.ts').then(
      ({ StateDesk }) => new StateDesk(stateDir, log.logger, () => this.#database !== undefined),
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
    const hasCrashed = takeLastCrash(stateDir, log.logger) // The first service that is opened learns of it.
    const runCommand = (request: unknown) => this.#runCommand(request)
    const world = { plugins, stateDir, log, count, events, disk, hasCrashed, runCommand, signal, now }
    let current = settings
    let isEdited = false
    const watcher = watchFiles(settings.files, () => {
      isEdited = true // While it waits for its database, which the configuration may name wrongly.
    })
    const service = await this.#wait
      .until(async () => {
        if (isEdited) current = await this.#loadSettings().catch(() => current)
        isEdited = false
        this.#settings = current
        this.#database = current.database
        return openService({ settings: current, ...world })
      }, signal)
      .finally(() => watcher.close())
    if (signal.aborted) await service.stop({ deadlineMs: 0 })
    signal.throwIfAborted()
    this.#service = service
    this.#ready = service.start().then(() => this.#becomeReady(service))
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

  /** What another gateway asks of this one. */
  async #runCommand(request: unknown): Promise<unknown> {
    const target = this.#target
    if (target === undefined)
      throw new MoltbotError('gateway-busy', 'the gateway is starting', { retryable: true })
    const [{ runForPeer }, { createHandlers }] = await Promise.all([
      import('./cluster/forwarding.ts'),
      import('./control/handlers.ts'),
    ])
    return runForPeer(request, createHandlers(target), target)
  }

  #announce(settings: Settings): void {
    announce(settings, {
      log: this.#options.log,
      stateDir: this.#options.stateDir,
      warnings: this.#warningsOf(settings),
      before: this.#service && this.#settings,
    })
  }

  #watch(): void {
    this.#watcher?.close()
    if (this.#life.signal.aborted) return
    this.#watcher = watchFiles(this.#settings.files, () => {
      this.reload().catch(() => undefined) // Logged where it fails.
    })
  }

  /** Loaded after the start, which does not wait for it. */
  #alertOperator(): void {
    const { stateDir, log } = this.#options
    const world = {
      status: () => this.status(),
      settings: () => this.#settings,
      service: () => this.#service,
      writeProblem: () => this.#writeCheck.problem(),
      stateDir,
      log: log.logger,
      signal: this.#life.signal,
    }
    void import('./alerts/gateway-alerts.ts')
      .then(({ alertOperator }) => alertOperator(world))
      .catch((error: unknown) => log.logger.error({ err: error }, 'Alerts could not be loaded'))
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

  #warningsOf(settings: Settings): readonly string[] {
    return [...settings.warnings, ...this.#restartNeeds(settings)]
  }

  /** What of the settings is not in use before the process is started again. */
  #restartNeeds({ host, port, database }: Settings): readonly string[] {
    const isAtAddress = host === this.#address.host && port === this.#address.port
    return [
      ...(isAtAddress
        ? []
        : ['gateway.port and gateway.bind have changed; they apply when the process is started again']),
      ...(isDeepStrictEqual(database, this.#database)
        ? []
        : ['state has changed; it applies when the gateway is restarted']),
    ]
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
