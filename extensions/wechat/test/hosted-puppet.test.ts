/**
 * Our service client with a real PuppetServer. Errors of a hosted puppet reach the client, and never the process.
 */

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'
import { HostedPuppet } from '../src/puppets/hosted-puppet.ts'

const token = 'insecure_test'

class Hosted extends PuppetMock {
  readonly calls: string[] = []

  override async logout(reason?: string): Promise<void> {
    this.calls.push('logout')
    return super.logout(reason)
  }
}

let hosted: Hosted
let server: PuppetServer
let client: HostedPuppet
const errors: unknown[] = []

beforeEach(async () => {
  errors.length = 0
  const endpoint = `127.0.0.1:${await freePort()}`
  hosted = new Hosted()
  listen(hosted, 'error', () => undefined)
  server = new PuppetServer({ endpoint, puppet: hosted, token })
  await server.start()
  client = new HostedPuppet({ endpoint, token })
  listen(client, 'error', (error) => errors.push(error))
  await client.start()
  hosted.mocker.createContact({ id: 'bot', name: 'Bot' })
  hosted.login('bot')
  await expect.poll(() => client.isLoggedIn, patience).toBe(true)
})
afterEach(async () => {
  await client.stop()
  await server.stop()
})

const patience = { timeout: 20_000 }

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The types of the mock lack its event methods. */
function listen(puppet: object, event: string, listener: (payload: unknown) => void): void {
  Reflect.apply(EventEmitter.prototype.on, puppet, [event, listener])
}

it('reports a malformed event as an error, and continues', async () => {
  Reflect.apply(hosted.emit, hosted, ['dong', undefined])
  await expect.poll(() => errors.length, patience).toBe(1)
  const dongs: unknown[] = []
  listen(client, 'dong', (payload) => dongs.push(payload))
  hosted.emit('dong', { data: 'here' })
  await expect.poll(() => dongs, patience).toEqual([{ data: 'here' }])
})

it('does not log out when it receives a logout event', async () => {
  hosted.emit('logout', { contactId: 'bot', data: 'puppet stop()' })
  await expect.poll(() => client.isLoggedIn, patience).toBe(false)
  hosted.emit('dong', { data: 'later' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(hosted.calls).toEqual([])
})

it('logs out on request', async () => {
  await client.logout('by the operator')
  await expect.poll(() => hosted.calls, patience).toEqual(['logout'])
})
