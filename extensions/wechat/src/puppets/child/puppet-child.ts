/**
 * The gateway's side of a puppet that this repository did not write: a child process hosts it, on a socket that both
 * talk Wechaty's own gRPC service over, so that nothing it does is done to the gateway.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { toldCapabilities } from '../capabilities.ts'
import { secretsIn, withoutSecrets } from '../secrets.ts'
import { puppetEnvironment } from './environment.ts'
import { endFamily, endMarked, familyBytes, signal } from './family.ts'
import type { Job, Report } from './messages.ts'
import { ChildOutput } from './output.ts'
import { reportSchema } from './report-schema.ts'
import { lateFailureCode } from './slow-start.ts'

export interface PuppetLimits {
  /** MiB that the child and all it started may hold. */
  readonly maxMemoryMb: number
}

export interface PuppetChildOptions {
  /** npm package name. */
  readonly puppet: string
  readonly options: Readonly<Record<string, unknown>>
  /** The puppet's own folder: its home and its memory card, kept over restarts. One child at a time uses it. */
  readonly stateDir: string
  /** Where the search for the package begins. */
  readonly configDir?: string | undefined
  readonly limits: PuppetLimits
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
  /** What to tell people: `puppet-out-of-memory`, `puppet-exited`, `puppet-start-failed`, or why it was given up. */
  readonly reason: MoltbotError
}

export interface PuppetChild {
  /** The client on the socket, not started. */
  readonly puppet: Puppet
  readonly pid: number
  /** Resolves as soon as the child has ended, by itself or not. */
  readonly exited: Promise<ChildExit>
  /** Resolves when nothing of it is left, neither a process nor a temporary file. Never rejects. */
  stop(): Promise<void>
}

const defaultReadyDeadlineMs = 20_000
/** For stopping the puppet, if its client has not done so, and ending, after SIGTERM. */
const stopDeadlineMs = 5_000
const memoryCheckMs = 3_000
/** For reading what the child still said when it ended; a process that it left behind may hold its output open. */
const lastWordsMs = 500
const bytesPerMb = 1024 * 1024
/** A puppet waits for the network; what these cost in speed is not seen, and they save 30 MiB. */
const sizeFlags = ['--optimize-for-size', '--max-semi-space-size=1', '--no-deprecation']
/** The shortest `sun_path` of the systems Node runs on, macOS's, less its closing zero. */
const maxSocketPathBytes = 103

/** By state folder. An account that was given up while its puppet hung may be started anew before that has ended. */
const running = new Map<string, RunningChild>()

/**
 * Starts the child and waits until the puppet's server listens; the puppet itself is started by its client.
 * @throws `puppet-not-ready`, `puppet-exited`, `puppet-out-of-memory`, `puppet-child-unsupported`, `aborted`, and what
 * the child says: `puppet-options-refused` and what `loadPuppetClass` throws
 */
export async function startPuppetChild(options: PuppetChildOptions): Promise<PuppetChild> {
  const { stateDir, signal } = options
  await running.get(stateDir)?.kill(new MoltbotError('aborted', 'the account was started anew'))
  if (signal.aborted) throw givenUp()
  const child = new RunningChild(options)
  running.set(stateDir, child)
  child.gone.then(() => running.get(stateDir) === child && running.delete(stateDir))
  try {
    const declared = await child.ready()
    const { HostedPuppet } = await import('../hosted-puppet.ts')
    const { socket, token } = child
    const puppet = new HostedPuppet({ endpoint: `unix:${socket}`, token, tls: { disable: true } })
    Object.assign(puppet, { capabilities: toldCapabilities(declared) })
    return { puppet, pid: child.pid, exited: child.exited, stop: () => child.stop() }
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
  #verdict: MoltbotError | undefined

  constructor(options: PuppetChildOptions) {
    this.#options = options
    this.#runFolder = makeRunFolder()
    this.socket = join(this.#runFolder, 'puppet.sock')
    this.#output = new ChildOutput(options.log.child({ puppet: options.puppet }))
    this.#process = this.#spawn()
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
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const onAbort = () => reject(givenUp())
    const timer = setTimeout(() => {
      const message = `puppet "${puppet}" was not ready within ${readyDeadlineMs / 1_000} s`
      reject(new MoltbotError('puppet-not-ready', this.#withOutput(message), { retryable: true }))
    }, readyDeadlineMs)
    signal.addEventListener('abort', onAbort)
    this.#process.on('message', (message) => {
      const { data: report } = reportSchema.safeParse(message)
      if (report?.type === 'ready') resolve(report.capabilities)
      if (report?.type === 'failed') reject(this.#failure(report))
    })
    this.exited.then(({ reason }) => reject(reason))
    // A child that cannot hear it any more is about to exit.
    this.#process.send(this.#job(), () => undefined)
    try {
      const declared = await promise
      // From now on the socket is the only way in.
      this.#process.disconnect()
      return declared
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Tells it to end, and ends it when it has not by the deadline. */
  async stop(): Promise<void> {
    const verdict = new MoltbotError('aborted', 'the puppet was stopped')
    this.#verdict ??= verdict
    if (this.#runs()) signal(this.pid, 'SIGTERM')
    await Promise.race([this.gone, sleep(stopDeadlineMs, undefined, { ref: false })])
    await this.kill(verdict)
  }

  /** @param verdict the reason to give, where there is none yet */
  async kill(verdict: MoltbotError): Promise<void> {
    this.#verdict ??= verdict
    if (this.#runs()) await endFamily(this.pid)
    await this.gone
  }

  /** Its number may belong to another process afterwards. */
  #runs(): boolean {
    const { exitCode, signalCode } = this.#process
    return exitCode === null && signalCode === null
  }

  #spawn(): ChildProcess {
    const { stateDir } = this.#options
    const home = join(stateDir, 'home')
    mkdirSync(home, { recursive: true, mode: 0o700 })
    const suffix = extname(import.meta.filename)
    // In a checkout the packages of the workspace are found as sources.
    const flags = suffix === '.ts' ? ['--conditions=@moltbot/source', ...sizeFlags] : sizeFlags
    const file = join(import.meta.dirname, `main${suffix}`)
    const child = spawn(process.execPath, [...flags, file, this.#runFolder], {
      cwd: home,
      detached: true,
      env: puppetEnvironment(process.env, { home, temporary: this.#runFolder, userHome: homedir() }),
      // The fourth is the lifeline: the child lives as long as this process holds its end.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    })
    child.stdio[3]?.on('error', () => undefined)
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
      endMarked(this.#mark())
      await Promise.race([this.#output.closed(), sleep(lastWordsMs)])
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
    return { code, signal, reason: this.#verdict ?? error }
  }

  #tidy(): void {
    this.#output.end()
    try {
      rmSync(this.#runFolder, { recursive: true, force: true })
    } catch (error) {
      this.#options.log.warn(
        { error: messageOf(error) },
        'temporary files of the puppet could not be removed',
      )
    }
  }

  /** What every process of the puppet has in its environment, and no other. */
  #mark(): string {
    return `TMPDIR=${this.#runFolder}`
  }

  #watchMemory(): void {
    const check = () =>
      this.#checkMemory().catch((error: unknown) => {
        this.#options.log.warn({ error: messageOf(error) }, 'the memory of the puppet could not be measured')
      })
    const timer = setInterval(check, memoryCheckMs).unref()
    this.exited.then(() => clearInterval(timer))
  }

  async #checkMemory(): Promise<void> {
    const { puppet, limits } = this.#options
    const usedMb = Math.round((await familyBytes(this.pid)) / bytesPerMb)
    if (usedMb <= limits.maxMemoryMb) return
    const message = `puppet "${puppet}" held ${usedMb} MiB of memory; puppetLimits.maxMemoryMb allows ${limits.maxMemoryMb}`
    await this.kill(new MoltbotError('puppet-out-of-memory', message, { retryable: true }))
  }

  #failure({ code, message, retryable }: Extract<Report, { type: 'failed' }>): MoltbotError {
    return new MoltbotError(code, this.#redact(message), { retryable })
  }

  #withOutput(message: string): string {
    const said = this.#output.tail()
    return said === '' ? message : `${message}; it said: ${this.#redact(said)}`
  }

  /** For what leads to a state of the account, which people see outside the log. */
  #redact(text: string): string {
    return withoutSecrets(text, secretsIn(this.#options.options))
  }
}

/** Short, since the path of a socket is; only this user can look into it. */
function makeRunFolder(): string {
  if (process.platform === 'win32') {
    const message =
      'a puppet in a process of its own needs unix sockets; on Windows run it as a hosted service'
    throw new MoltbotError('puppet-child-unsupported', message)
  }
  const longest = maxSocketPathBytes - Buffer.byteLength('/moltbot-XXXXXX/puppet.sock')
  const parent = Buffer.byteLength(tmpdir()) <= longest ? tmpdir() : '/tmp'
  return mkdtempSync(join(parent, 'moltbot-'))
}

function givenUp(): MoltbotError {
  return new MoltbotError('aborted', 'the start was given up', { retryable: true })
}
