import { connect as connectTo } from 'node:net'
import type { AccountEvent } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fakeTarget } from '../../test/fake-target.ts'
import { EventHub, maxListeners } from '../events/event-hub.ts'
import { createLog } from '../log/logger.ts'
import { type ControlServer, listen } from './server.ts'

const token = 'the-right-token'
const servers: ControlServer[] = []
const clients: AbortController[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.abort()
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start() {
  const events = new EventHub({ onError: () => undefined })
  const { logger } = createLog({ format: 'json', write: () => undefined })
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    token,
    target: fakeTarget({ events }),
    log: logger,
  })
  servers.push(server)
  const connect = (headers: Record<string, string> = {}) => {
    const client = new AbortController()
    clients.push(client)
    const { signal } = client
    return fetch(`${server.url}/api/events`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal,
    })
  }
  return { events, connect, server }
}

/** Reads until `end` has come, or to the end of the stream where none is given. */
async function readUntil(response: Response, end?: string): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (end !== undefined && text.includes(end)) return text
  }
  if (end !== undefined) throw new Error(`the stream ended before ${end}: ${text}`)
  return text
}

const sent = (accountId: string): AccountEvent => ({ type: 'send', accountId, outcome: 'sent' })

describe('GET /api/events', () => {
  it('says once that events were missed that happened elsewhere, before those that come', async () => {
    const { events, connect } = await start()
    const response = await connect()
    events.missed()
    events.missed()
    events.publish('wechat', sent('last-one'))
    const text = await readUntil(response, 'last-one')
    expect(text.match(/^event: \w+/gm)).toEqual(['event: missed', 'event: send'])
  })

  it('tells events as they come, without drawings for terminals', async () => {
    const { events, connect } = await start()
    const response = await connect()
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const read = readUntil(response, 'last-one')
    events.publish('wechat', { type: 'qr', accountId: 'a', url: 'https://qr.example', terminal: '█▀█' })
    events.publish('wechat', sent('last-one'))
    const text = await read
    expect(text).toContain('event: qr\ndata: {"atMs":')
    expect(text).toContain('"url":"https://qr.example"')
    expect(text).not.toContain('█')
    expect(text).not.toContain('event: missed')
  })

  it('gives a client that comes back what it has missed', async () => {
    const { events, connect } = await start()
    const ids: string[] = []
    events.listen(({ id }) => ids.push(id))
    for (const account of ['one', 'two', 'three']) events.publish('wechat', sent(account))
    const text = await readUntil(await connect({ 'last-event-id': ids[0] ?? '' }), 'three')
    expect(text).toContain('"two"')
    expect(text).not.toContain('"one"')
  })

  it('tells a client that comes back too late', async () => {
    const { connect } = await start()
    expect(
      await readUntil(await connect({ 'last-event-id': 'of-an-earlier-process' }), 'listening'),
    ).toContain('event: missed')
  })

  it('needs the token, and has a room that is limited', async () => {
    const { connect } = await start()
    expect((await connect({ authorization: 'Bearer wrong' })).status).toBe(401)
    // An answer that nobody holds is closed.
    const listeners: Response[] = []
    while (listeners.length < maxListeners) listeners.push(await connect())
    expect(listeners.every(({ status }) => status === 200)).toBe(true)
    const refused = await connect()
    expect(refused.status).toBe(503)
    expect(await refused.json()).toMatchObject({ error: { code: 'too-many-listeners' } })
  })

  it('ends a client that does not read, which can come back', async () => {
    const { events, connect } = await start()
    const response = await connect()
    for (let n = 0; n < 2_000; n++) events.publish('wechat', sent(`a${n}`))
    expect(await readUntil(response)).not.toContain('a1999')
  })

  it('frees the places of clients that never read', async () => {
    const { events, server, connect } = await start()
    const port = Number(new URL(server.url).port)
    const request = `GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`
    const sockets = Array.from({ length: maxListeners }, () => {
      const socket = connectTo(port, '127.0.0.1')
        .on('error', () => undefined)
        .pause()
      socket.write(request)
      return socket
    })
    await vi.waitFor(async () => expect((await connect()).status).toBe(503))
    const reason = 'x'.repeat(20_000)
    for (let n = 0; n < 2_000; n++) {
      events.publish('wechat', { type: 'message', accountId: 'a', action: 'drop', reason })
      if (n % 100 === 0) await new Promise(setImmediate)
    }
    await vi.waitFor(async () => expect((await connect()).status).toBe(200))
    for (const socket of sockets) socket.destroy()
  })

  it('keeps no server from closing', async () => {
    const { connect, server } = await start()
    await readUntil(await connect(), 'listening')
    await server.close()
  })
})
