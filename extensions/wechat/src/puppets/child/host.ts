/**
 * A puppet behind Wechaty's own gRPC server, on a unix socket that only this user can open.
 */

import { chmodSync } from 'node:fs'
import { MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { log, type Puppet } from 'wechaty-puppet'
import { PuppetServer } from 'wechaty-puppet-service'
import { loadPuppetClass, type PuppetClass } from '../load.ts'
import { openMemory } from './memory-file.ts'
import type { Job } from './messages.ts'
import { allowSlowStart } from './slow-start.ts'

export interface Host {
  /** What the puppet declares of itself, as plain data. */
  readonly capabilities: unknown
  /** Stops the puppet if it still runs, then the server. */
  stop(): Promise<void>
}

/**
 * @param onStartFailed told why a start failed that nobody waited for any more
 * @throws `puppet-options-refused`, and what `loadPuppetClass` throws
 */
export async function hostPuppet(job: Job, onStartFailed: (error: unknown) => void): Promise<Host> {
  log.level('silent')
  const puppet = construct(await loadPuppetClass(job.puppet, job.configDir), job)
  // An `error` that nobody hears throws inside the puppet; the server tells the gateway.
  puppet.on('error', () => undefined)
  allowSlowStart(puppet, onStartFailed)
  const memory = await openMemory(job.memoryFile)
  puppet.setMemory(memory)
  const { socket, token } = job
  const server = new PuppetServer({ endpoint: `unix:${socket}`, puppet, token, tls: { disable: true } })
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

/** What cannot be told is not declared. */
function plain(declared: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(declared) ?? 'null')
  } catch {
    return undefined
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
