/**
 * A puppet behind Wechaty's own gRPC server, on a unix socket that only this user can open.
 */

import { chmodSync } from 'node:fs'
import { MoltbotError, messageOf, pause } from '@moltbot/channel-sdk'
import { FileBox } from 'file-box'
import { log, type Puppet } from 'wechaty-puppet'
import { capabilitiesOf } from '../capabilities.ts'
import { loadPuppetClass, type PuppetClass } from '../packages.ts'
import { isUrlFile, openUrlFile } from '../url-file.ts'
import { openMemory } from './memory-file.ts'
import type { Job } from './messages.ts'
import { WholeFileServer } from './whole-file-server.ts'

export interface Host {
  /** What the puppet declares of itself, as plain data. */
  readonly capabilities: unknown
  /** Stops the puppet if it still runs, then the server. */
  stop(): Promise<void>
}

/** What becomes of a puppet without an answer to its client. */
export interface HostEvents {
  /** A start failed after it had counted as done. */
  onStartFailed(error: unknown): void
  /** The puppet runs no more, and nobody asked it to stop. */
  onStopped(): void
}

/** @throws `puppet-options-refused`, and what `loadPuppetClass` throws */
export async function hostPuppet(job: Job, { onStartFailed, onStopped }: HostEvents): Promise<Host> {
  log.level('silent')
  const puppet = construct(await loadPuppetClass(job.puppet, job.configDir), job)
  // An `error` without a listener throws inside the puppet; the server reports it to the gateway.
  puppet.on('error', () => undefined)
  watchForStop(puppet, onStopped)
  allowSlowStart(puppet, onStartFailed)
  fetchUrlFiles(puppet)
  const memory = await openMemory(job.memoryFile)
  puppet.setMemory(memory)
  const { socket, token } = job
  const server = new WholeFileServer({ endpoint: `unix:${socket}`, puppet, token, tls: { disable: true } })
  await server.start()
  chmodSync(socket, 0o600)
  return {
    capabilities: plain(Reflect.get(puppet, 'capabilities')),
    async stop() {
      if (puppet.state.inactive() !== true) await puppet.stop()
      // Puppets do not wait for their own saves.
      await memory.save()
      await server.stop()
    },
  }
}

function construct(PuppetClass: PuppetClass, { puppet, options }: Job): Puppet {
  try {
    return new PuppetClass({ ...options })
  } catch (error) {
    throw new MoltbotError(
      'puppet-options-refused',
      `puppet "${puppet}" refuses its puppetOptions: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

/** After this the puppet counts as started, milliseconds. */
const startedAfterMs = 10_000

/**
 * Gives a puppet the time that its start takes. Wechaty and its server wait 15 s for it; a browser that loads a page over
 * a slow line takes longer, and until then its puppet cannot answer.
 * @param onFailed called with the error of a start that failed after it had counted as done
 */
function allowSlowStart(puppet: Puppet, onFailed: (error: unknown) => void): void {
  const start = puppet.start.bind(puppet)
  const ding = puppet.ding.bind(puppet)
  let starting = false
  Object.assign(puppet, {
    async start(): Promise<void> {
      starting = true
      const done = new AbortController()
      const started = start().finally(() => {
        starting = false
        done.abort()
      })
      const isLate = await Promise.race([started, pause(startedAfterMs, done.signal)])
      if (isLate === true) started.catch(onFailed)
      else await started
    },
    ding(data?: string): void {
      if (starting) puppet.emit('dong', { data: data ?? '' })
      else ding(data)
    },
  })
}

const lookEveryMs = 1_000
/** A puppet that resets itself stops for a moment, and one that its client stops is ended by the gateway. */
const looksUntilStopped = 5

/** Some puppets stop themselves after an error. They answer their client as if they still ran, and never log in again. */
function watchForStop(puppet: Puppet, onStopped: () => void): void {
  const start = puppet.start.bind(puppet)
  let timer: NodeJS.Timeout | undefined
  let looks = 0
  const look = () => {
    looks = puppet.state.active() === false ? looks + 1 : 0
    if (looks < looksUntilStopped) return
    clearInterval(timer)
    onStopped()
  }
  Object.assign(puppet, {
    async start(): Promise<void> {
      await start()
      timer ??= setInterval(look, lookEveryMs).unref()
    },
  })
}

/** For one file, milliseconds. The gateway waits as long for it. */
const fileTimeoutMs = 5 * 60_000

/**
 * Fetches a file that the puppet names by its URL here, with the headers that belong to it: Wechaty's service passes the
 * URL on without them.
 */
function fetchUrlFiles(puppet: Puppet): void {
  const messageFile = puppet.messageFile.bind(puppet)
  const { signal } = new AbortController()
  const limits = { maxBytes: capabilitiesOf(puppet).maxMediaBytes, timeoutMs: fileTimeoutMs, signal }
  Object.assign(puppet, {
    async messageFile(messageId: string) {
      const box = await messageFile(messageId)
      return isUrlFile(box) ? FileBox.fromStream(await openUrlFile(box, limits), box.name) : box
    },
  })
}

/** What is not JSON is not declared. */
function plain(declared: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(declared) ?? 'null')
  } catch {
    return undefined
  }
}
