/**
 * Hosted puppets that are reloaded while they start or hang. A token has one client at any time, as seen from the network.
 */

import { EventEmitter, once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { DiskBudget } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PuppetServer } from 'wechaty-puppet-service'
import type { PuppetState } from '../src/model/puppet-state.ts'
import { createPuppet } from '../src/puppets/registry.ts'
import { Supervisor } from '../src/wechaty/supervisor.ts'
import { HealthyPuppet, writeTo } from './healthy-puppet.ts'
import { accountOf } from './policy.ts'
import { eventually, recordingLog, temporaryFolder } from './samples.ts'

const token = 'insecure_test'
const patienceMs = 25_000
const timing = {
  startDeadlineMs: 10_000,
  stopDeadlineMs: 300,
  endDeadlineMs: 3_000,
  firstSignMs: 10_000,
  liveness: { lookEveryMs: 100, silentMs: 10_000, answerMs: 1_000 },
}

let hosted: HealthyPuppet
let server: PuppetServer
let front: Front
const stops: (() => Promise<void>)[] = []

beforeEach(async () => {
  hosted = new HealthyPuppet()
  Reflect.apply(EventEmitter.prototype.on, hosted, ['error', () => undefined])
  const port = await freePort()
  server = new PuppetServer({ endpoint: `127.0.0.1:${port}`, puppet: hosted, token })
  await server.start()
  front = await startFront(port)
})
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
  front.close()
  await server.stop()
})

interface Front {
  readonly port: number
  /** Number of open client connections. */
  readonly open: ReadonlySet<Socket>
  close(): void
}

/** A proxy in front of the server that counts its clients. */
async function startFront(port: number): Promise<Front> {
  const open = new Set<Socket>()
  const listener: Server = createServer((client) => {
    open.add(client)
    const server = connect(port, '127.0.0.1')
    for (const socket of [client, server]) socket.on('error', () => undefined)
    client.on('close', () => {
      open.delete(client)
      server.destroy()
    })
    server.on('close', () => client.destroy())
    client.pipe(server).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const close = () => {
    for (const socket of open) socket.destroy()
    listener.close()
  }
  return { port: portOf(listener), open, close }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const port = portOf(listener)
  listener.close()
  return port
}

function portOf(listener: Server): number {
  const address = listener.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const noState: PuppetState = {
  get: async () => new Map(),
  list: async () => [],
  write: async () => undefined,
  prune: async () => undefined,
  close: async () => undefined,
}

/** A started account with the hosted puppet. */
function supervise() {
  const puppetOptions = { token, endpoint: `127.0.0.1:${front.port}` }
  const account = accountOf({ puppet: 'service', puppetOptions })
  const texts: string[] = []
  const log = recordingLog()
  const supervisor = new Supervisor({
    account,
    createPuppet: (signal) =>
      createPuppet(account, {
        stateDir: temporaryFolder(),
        state: noState,
        disk: new DiskBudget(),
        log,
        signal,
      }),
    onPuppet: async () => undefined,
    onMessage: async ({ text }) => void texts.push(text),
    onUnreadable: async () => undefined,
    onSecret: () => undefined,
    onOnline: () => undefined,
    onOffline: () => undefined,
    onStatus: () => undefined,
    log,
    now: Date.now,
    random: () => 0,
    timing,
  })
  stops.push(() => supervisor.stop(1_000))
  supervisor.start()
  return { supervisor, texts }
}

async function online({ supervisor }: ReturnType<typeof supervise>): Promise<void> {
  await eventually(() => expect(supervisor.status.state).toBe('online'), patienceMs)
}

/** Time for a socket to close. A hanging one takes much longer. */
const nothingOpen = () => eventually(() => expect(front.open.size).toBe(0), 3_000)

/** Makes a member of the hosted puppet wait. */
function hold(member: 'onStart' | 'onStop'): { readonly reached: Promise<void>; release(): void } {
  const reached = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const inner = hosted[member].bind(hosted)
  hosted[member] = async () => {
    reached.resolve()
    await held.promise
    await inner()
  }
  return { reached: reached.promise, release: held.resolve }
}

describe('a client', () => {
  it('that is stopped while its puppet starts closes its connection, and the next one is served', async () => {
    const starting = hold('onStart')
    const first = supervise()
    await starting.reached
    await first.supervisor.stop(200)
    await first.supervisor.gone
    await nothingOpen()
    starting.release()
    const second = supervise()
    await online(second)
    writeTo(hosted, 'hello')
    await eventually(() => expect(second.texts).toEqual(['hello']), patienceMs)
    expect(first.texts).toEqual([])
  })

  it('that is stopped while its stream is being opened ends before the next one starts', async () => {
    const first = supervise()
    await eventually(() => expect(front.open.size).toBeGreaterThan(0), patienceMs)
    await first.supervisor.stop(0)
    await first.supervisor.gone
    await nothingOpen()
    const second = supervise()
    await online(second)
  })

  it('is closed by force if its puppet hangs while stopping', async () => {
    const first = supervise()
    await online(first)
    const stopping = hold('onStop')
    await first.supervisor.stop(200)
    await first.supervisor.gone
    await nothingOpen()
    writeTo(hosted, 'too late')
    stopping.release()
    expect(first.texts).toEqual([])
  })
})
