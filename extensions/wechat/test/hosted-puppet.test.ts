/**
 * Our service client with Wechaty's real server. Errors of a hosted puppet reach the client, and never the process.
 */

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { FileBox } from 'file-box'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PuppetMock } from 'wechaty-puppet-mock'
import { WholeFileServer } from '../src/puppets/child/whole-file-server.ts'
import { downloadSafely } from '../src/puppets/hosted-files.ts'
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
let server: WholeFileServer
let client: HostedPuppet
const errors: unknown[] = []

beforeEach(async () => {
  errors.length = 0
  const endpoint = `127.0.0.1:${await freePort()}`
  hosted = new Hosted()
  listen(hosted, 'error', () => undefined)
  server = new WholeFileServer({ endpoint, puppet: hosted, token })
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

it.each([
  ['in text form', FileBox.fromBase64(Buffer.from('content').toString('base64'), 'a.txt')],
  ['in memory', FileBox.fromBuffer(Buffer.from('content'), 'a.txt')],
  ['in a stream', FileBox.fromStream(Readable.from([Buffer.from('con'), Buffer.from('tent')]), 'a.txt')],
])('delivers a file that the puppet has %s', async (_how, file) => {
  hosted.messageFile = async () => file
  const received = await client.messageFile('m1')
  expect(received.name).toBe('a.txt')
  expect((await received.toBuffer()).toString()).toBe('content')
})

it('reports the refusal of a file at once', async () => {
  hosted.messageFile = async () => Promise.reject(new Error('no such file'))
  await expect(client.messageFile('m1')).rejects.toThrow('no such file')
})

it('gives up a file for which the server has no answer', async () => {
  hosted.messageFile = () => new Promise(() => undefined)
  const stop = new AbortController()
  const file = client.receiveFile('m1', { signal: stop.signal })
  stop.abort(new Error('stopped'))
  await expect(file).rejects.toThrow('stopped')
})

it('reports a download that breaks off to its reader', async () => {
  const large = Buffer.alloc(8 * 1024 * 1024, 7)
  hosted.messageFile = async () => FileBox.fromBuffer(large, 'a.bin')
  const content = await (await client.messageFile('m1')).toStream()
  await once(content, 'data')
  client.destroy()
  await expect(finished(content)).rejects.toThrow()
})

it('ends a download that is no longer read', async () => {
  class Boxes extends FileBox {}
  const download = Object.assign(new PassThrough({ objectMode: true }), { cancel: vi.fn() })
  downloadSafely(Boxes, () => Object.assign(Object.create(null), { download: () => download }))
  const content = await Boxes.fromUuid('u1', { name: 'a.bin' }).toStream()
  content.destroy()
  await expect.poll(() => download.cancel.mock.calls.length, patience).toBe(1)
})
