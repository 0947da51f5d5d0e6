/**
 * The gateway's side of a puppet that this repository did not write: a child process hosts it, on a socket that both
 * talk Wechaty's own gRPC service over, so that nothing it does is done to the gateway.
 */

import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { codeOf, type Logger, MoltbotError, messageOf, withDeadline } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import type { PuppetAccess } from '../../config/account-schema.ts'
import { trustedCapabilities } from '../capabilities.ts'
import { secretsIn, withoutSecrets } from '../errors.ts'
import { requirePackage } from '../packages.ts'
import { type Job, lateFailureCode, type Report, reportSchema } from './messages.ts'
import { ChildOutput } from './output.ts'
import { killMarked, killTree, removeFolder, signal, watchMemory } from './process-tree.ts'
import { makeRunFolder, spawnChild } from './spawn-child.ts'

export interface PuppetLimits {
  /** MiB that the child and all it started may hold. */
  readonly maxMemoryMb: number
}

export interface PuppetChildOptions {
  /** npm package name. */
  readonly puppet: string
  readonly options: Readonly<Record<string, unknown>>
  /** The puppet's own folder: its home and its memory card, which last over restarts. One child at a time uses it. */
  readonly stateDir: string
  /** Where the search for the package begins. */
  readonly configDir?: string | undefined
  readonly limits: PuppetLimits
  /** Whether it is confined to its own files, or may do what the gateway's user may. Defaults to `own`. */
  readonly access?: PuppetAccess
  /** Names the account. */
  readonly log: Logger
  /** Ends the start. */
  readonly signal: AbortSignal
  /** For the child to be ready, milliseconds. Defaults to 20 s. */
  readonly readyDeadlineMs?: number
}

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** For people: `puppet-out-of-memory`, `puppet-exited`, `puppet-start-failed`, or why it was given up. */
  readonly reason: MoltbotError
}

export interface PuppetChild {
  /** The client on the socket, not started. */
  readonly puppet: Puppet
  readonly pid: number
  /** Resolves as soon as the child has ended, by itself or not. */
  readonly exited: Promise<ChildExit>
  /** See `HostedPuppet.died`. */
  readonly died: Promise<MoltbotError>
  /** Resolves when nothing of it is left, neither a process nor a temporary file. Never rejects. */
  stop(): Promise<void>
}

const defaultReadyDeadlineMs = 20_000
/** After SIGTERM, for stopping the puppet, if its client has not done so, and for the end of the process. */
const stopDeadlineMs = 5_000
/** For reading the last output of a child that has ended; a process that it left behind may hold the pipe open. */
const lastOutputMs = 500
const bytesPerMb = 1024 * 1024
/** By state folder. An account that was given up while its puppet hung may be started again before that has ended. */
const running = new Map<string, RunningChild>()

/**
 * Starts the child and waits until the puppet's server listens; the puppet itself is started by its client.
 * @throws `puppet-not-ready`, `puppet-exited`, `puppet-out-of-memory`, `puppet-child-unsupported`, `aborted`, and what
 * the child reports: `puppet-options-refused` and what `loadPuppetClass` throws
 */
export async function startPuppetChild(options: PuppetChildOptions): Promise<PuppetChild> {
  const { stateDir, signal } = options
  await running.get(stateDir)?.kill(new MoltbotError('aborted', 'the account was started again'))
  if (signal.aborted) throw givenUp()
  const { folder } = requirePackage(options.puppet, options.configDir)
  const child = new RunningChild(options, folder)
  running.set(stateDir, child)
  child.gone.then(() => running.get(stateDir) === child && running.delete(stateDir))
  try {
    const declared = await child.ready()
    const { HostedPuppet } = await import('../hosted-puppet.ts')
    const { socket, token } = child
    const puppet = new HostedPuppet({ endpoint: `unix:${socket}`, token, tls: { disable: true } })
    Object.assign(puppet, { capabilities: trustedCapabilities(declared) })
    const stop = () => child.stop().finally(() => puppet.destroy())
    return { puppet, pid: child.pid, exited: child.exited, died: puppet.died, stop }
  } catch (error) {
    await child.kill(givenUp())
    throw error
  }
}

class RunningChild {
  readonly token = `insecure_${randomBytes(24).toString('base64url')}`
  readonly socket: string
  readonly exited: Promise<ChildExit>
  /** `exited`, and everything tidied up. */
  readonly gone: Promise<void>
  readonly #options: PuppetChildOptions
  readonly #runFolder: string
  readonly #process: ChildProcess
  readonly #output: ChildOutput
  /** Why this side ends it, if it does. */
  #endReason: MoltbotError | undefined

  constructor(options: PuppetChildOptions, packageFolder: string) {
    this.#options = options
    this.#runFolder = makeRunFolder()
    this.socket = join(this.#runFolder, 'puppet.sock')
    this.#output = new ChildOutput(options.log.child({ puppet: options.puppet }))
    this.#process = this.#spawn(packageFolder)
    this.exited = this.#whenExited()
    this.gone = this.exited.then(() => this.#tidy())
    this.#watchMemory()
  }

  get pid(): number {
    return this.#process.pid ?? Number.NaN
  }

  /** Gives the child its job. Resolves when its server listens, with the capabilities that the puppet declares. */
  async ready(): Promise<unknown> {
    const { puppet, signal, readyDeadlineMs = defaultReadyDeadlineMs } = this.#options
    const { promise: isReady, resolve, reject } = Promise.withResolvers<unknown>()
    this.#process.on('message', (message) => {
      const { data: report } = reportSchema.safeParse(message)
      if (report?.type === 'ready') resolve(report.capabilities)
      if (report?.type === 'failed') reject(this.#failure(report))
    })
    this.exited.then(({ reason }) => reject(reason))
    isReady.catch(() => undefined)
    // A child that cannot hear it any more is about to exit.
    this.#process.send(this.#job(), () => undefined)
    const ms = readyDeadlineMs
    const declared = await withDeadline(() => isReady, { ms, signal }).catch((error: unknown) => {
      if (signal.aborted) throw givenUp()
      if (codeOf(error) !== 'deadline') throw error
      const message = `puppet "${puppet}" was not ready within ${ms / 1_000} s`
      throw new MoltbotError('puppet-not-ready', this.#withOutput(message), { retryable: true })
    })
    // From now on the socket is the only way in.
    this.#process.disconnect()
    return declared
  }

  /** Asks it to end, and kills it when it has not by the deadline. */
  async stop(): Promise<void> {
    const reason = new MoltbotError('aborted', 'the puppet was stopped')
    this.#endReason ??= reason
    if (this.#runs()) signal(this.pid, 'SIGTERM')
    await withDeadline(() => this.gone, { ms: stopDeadlineMs }).catch(() => undefined)
    await this.kill(reason)
  }

  /** @param reason the one to give, where there is none yet */
  async kill(reason: MoltbotError): Promise<void> {
    this.#endReason ??= reason
    if (this.#runs()) await killTree(this.pid)
    await this.gone
  }

  /** Its number may belong to another process afterwards. */
  #runs(): boolean {
    const { exitCode, signalCode } = this.#process
    return exitCode === null && signalCode === null
  }

  #spawn(packageFolder: string): ChildProcess {
    const { stateDir, access = 'own' } = this.#options
    const child = spawnChild({ packageFolder, stateDir, access, runFolder: this.#runFolder }, (error) =>
      this.#warn(error, 'the puppet has no guard and may outlive a gateway that is killed'),
    )
    if (child.stdout) this.#output.follow(child.stdout, 'stdout')
    if (child.stderr) this.#output.follow(child.stderr, 'stderr')
    return child
  }

  #job(): Job {
    const { puppet, options, configDir, stateDir } = this.#options
    const { socket, token } = this
    return {
      puppet,
      options,
      configDir,
      memoryFile: join(stateDir, 'memory-card.json'),
      socket,
      token,
    }
  }

  #whenExited(): Promise<ChildExit> {
    const { promise, resolve } = Promise.withResolvers<ChildExit>()
    const child = this.#process
    child.on('error', (error) => {
      // Of a child that runs, an error is followed by its exit.
      if (child.pid === undefined) resolve(this.#exit(null, null, `could not be started: ${error.message}`))
    })
    child.once('exit', async (code, signal) => {
      await killMarked(this.#mark()).catch((error: unknown) =>
        this.#warn(error, 'processes of the puppet could not be listed'),
      )
      await withDeadline(() => this.#output.closed(), { ms: lastOutputMs }).catch(() => undefined)
      resolve(
        this.#exit(code, signal, signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
      )
    })
    return promise
  }

  #exit(code: number | null, signal: NodeJS.Signals | null, what: string): ChildExit {
    const [reason, message] =
      code === lateFailureCode
        ? ['puppet-start-failed', `puppet "${this.#options.puppet}" could not start`]
        : ['puppet-exited', `the process of puppet "${this.#options.puppet}" ${what}`]
    const error = new MoltbotError(reason, this.#withOutput(message), { retryable: true })
    return { code, signal, reason: this.#endReason ?? error }
  }

  async #tidy(): Promise<void> {
    this.#output.end()
    await removeFolder(this.#runFolder).catch((error: unknown) =>
      this.#warn(error, 'temporary files of the puppet could not be removed'),
    )
  }

  /** Every process of the puppet has this in its environment, and no other process has. */
  #mark(): string {
    return `TMPDIR=${this.#runFolder}`
  }

  #watchMemory(): void {
    const end = watchMemory(this.pid, {
      onMeasured: (bytes) => this.#limitMemory(Math.round(bytes / bytesPerMb)),
      onFailure: (error) => this.#warn(error, 'the memory of the puppet could not be measured'),
    })
    this.exited.then(end)
  }

  #limitMemory(usedMb: number): void {
    const { puppet, limits } = this.#options
    if (usedMb <= limits.maxMemoryMb) return
    const message = `puppet "${puppet}" held ${usedMb} MiB of memory; puppetLimits.maxMemoryMb allows ${limits.maxMemoryMb}`
    void this.kill(new MoltbotError('puppet-out-of-memory', message, { retryable: true }))
  }

  #warn(error: unknown, message: string): void {
    this.#options.log.warn({ error: messageOf(error) }, message)
  }

  #failure({ code, message, retryable }: Extract<Report, { type: 'failed' }>): MoltbotError {
    return new MoltbotError(code, this.#redact(message), { retryable })
  }

  #withOutput(message: string): string {
    const printed = this.#output.tail()
    return printed === '' ? message : `${message}; its last output: ${this.#redact(printed)}`
  }

  /** For reasons of a state of the account, which people see outside the log. */
  #redact(text: string): string {
    return withoutSecrets(text, secretsIn(this.#options.options))
  }
}

function givenUp(): MoltbotError {
  return new MoltbotError('aborted', 'the start was given up', { retryable: true })
}
