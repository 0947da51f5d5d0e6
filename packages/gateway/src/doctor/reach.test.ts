import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { startProxyServer } from '@moltbot/channel-sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { reaching, routeOf } from './reach.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(listener: RequestListener): Promise<number> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const { signal } = new AbortController()
const nowMs = Date.parse('2026-11-28T12:00:00Z')

describe('a server', () => {
  it.each([200, 302, 401, 404, 500])('answers with whatever HTTP status: %s', async (status) => {
    const port = await serve((_, response) => response.writeHead(status).end('x'.repeat(100_000)))
    expect(await reaching().reach(new URL(`http://127.0.0.1:${port}/`), undefined, signal)).toBe(status)
  })

  it('tells how far its clock is ahead', async () => {
    const date = new Date(nowMs + 600_000).toUTCString()
    const port = await serve((_, response) => response.writeHead(200, { date }).end())
    const { reach, clockOffsetsMs } = reaching(() => nowMs)
    await reach(new URL(`http://127.0.0.1:${port}/`), undefined, signal)
    expect(clockOffsetsMs).toEqual([600_000])
  })

  it('that does not listen, or whose name is not known, is said so with what to do', async () => {
    const port = await serve(() => undefined)
    servers.splice(0).forEach((server) => void server.close())
    await expect(reaching().reach(new URL(`http://127.0.0.1:${port}/`), undefined, signal)).rejects.toThrow(
      'no connection (ECONNREFUSED); check the network',
    )
    await expect(reaching().reach(new URL('http://no.invalid/'), undefined, signal)).rejects.toThrow(
      /^its name is not found \(E\w+\); check whether this machine is online/,
    )
  })

  it('that never answers ends with the signal', async () => {
    const asked = Promise.withResolvers<void>()
    const port = await serve(() => asked.resolve())
    const over = new AbortController()
    const reached = reaching().reach(new URL(`http://127.0.0.1:${port}/`), undefined, over.signal)
    await asked.promise
    over.abort()
    await expect(reached).rejects.toThrow('aborted')
  })
})

describe('a proxy', () => {
  it('is asked, over a tunnel where the server is secure', async () => {
    const port = await serve((_, response) => response.end())
    const proxy = await startProxyServer({ routes: { 'api.example:80': port } })
    servers.push(proxy)
    const { reach } = reaching()
    expect(await reach(new URL('http://api.example/'), new URL(proxy.url), signal)).toBe(200)
    await expect(reach(new URL('https://api.example/'), new URL(proxy.url), signal)).rejects.toThrow()
    expect(proxy.asked).toEqual(['GET http://api.example/', 'CONNECT api.example:443'])
  })

  it('that wants credentials is no answer of the server', async () => {
    const proxy = await startProxyServer({ status: 407 })
    servers.push(proxy)
    const { reach } = reaching()
    await expect(reach(new URL('http://api.example/'), new URL(proxy.url), signal)).rejects.toThrow(
      'the proxy wants a user name and a password',
    )
  })

  it('is named without its credentials', () => {
    expect(routeOf(new URL('http://ann:secret@proxy.corp:3128'))).toBe(
      'through the proxy http://proxy.corp:3128',
    )
    expect(routeOf(undefined)).toBe('directly')
  })
})
