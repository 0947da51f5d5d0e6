import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Connections, type Exchange, requestText } from './http.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const serve = async (handler: Handler) => {
  const server = createServer((request, response) => {
    request.resume()
    handler(request, response)
  })
  let sockets = 0
  server.on('connection', (socket) => {
    sockets += 1
    socket.on('close', () => {
      sockets -= 1
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const connections = new Connections()
  onTestFinished(() => {
    connections.close()
    server.closeAllConnections()
    server.close()
  })
  const url = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`)
  const exchange: Exchange = { label: 'call', timeoutMs: 20_000, maxBodyBytes: 100, http: connections.http }
  const call = (more: Partial<Exchange> = {}) =>
    requestText(url, { method: 'POST', headers: {}, body: 'ä' }, { ...exchange, ...more })
  return { call, connections, sockets: () => sockets }
}

const failure = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('an HTTP exchange', () => {
  it('sends a body with its length and reads the answer', async () => {
    const { call } = await serve((request, response) => {
      response.end(`${request.method} ${request.headers['content-length']} 好`)
    })
    expect(await call()).toBe('POST 2 好')
  })

  it('asks right before it goes out, on a connection that is made, and does not when that is refused', async () => {
    let requests = 0
    const { call, connections, sockets } = await serve((_, response) => {
      requests += 1
      response.end()
    })
    const connected: number[] = []
    const refused = new Error('not now')
    const http: Exchange['http'] = (url, request, limits) =>
      connections.http(url, request, {
        ...limits,
        beforeSent: () => {
          connected.push(sockets())
          if (requests > 0) throw refused
        },
      })
    await call({ http })
    expect(await failure(call({ http }))).toMatchObject({ code: 'network', cause: refused })
    expect(connected).toEqual([1, 1])
    expect(requests).toBe(1)
  })

  it('uses a connection again, and none is left when they are closed', async () => {
    const { call, connections, sockets } = await serve((_, response) => response.end('x'))
    for (const _ of [1, 2, 3]) await call()
    expect(sockets()).toBe(1)
    connections.close()
    await expect.poll(sockets).toBe(0)
  })

  it('refuses a body over the cap, however long it goes on', async () => {
    const { call } = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(50)), 1)
      response.on('close', () => clearInterval(timer))
    })
    expect(await failure(call())).toMatchObject({ code: 'answer-too-large', retryable: false })
  })

  it('reads nothing of a body whose announced length is over the cap', async () => {
    const { call, sockets } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 101 }).flushHeaders()
    })
    expect(await failure(call())).toMatchObject({ code: 'answer-too-large' })
    await expect.poll(sockets).toBe(0)
  })

  it('keeps characters whole that are cut between two pieces of the body', async () => {
    const bytes = Buffer.from('好的')
    const { call } = await serve((_, response) => {
      response.write(bytes.subarray(0, 4), () => setImmediate(() => response.end(bytes.subarray(4))))
    })
    expect(await call()).toBe('好的')
  })

  it('has a time-out that covers the body', async () => {
    const { call } = await serve((_, response) => response.write('never ends'))
    expect(await failure(call({ timeoutMs: 50 }))).toMatchObject({ code: 'timeout', certain: false })
  })

  it('ends when its signal aborts, with the connection', async () => {
    const controller = new AbortController()
    const { call, sockets } = await serve((_, response) => {
      response.write('never ends')
      controller.abort()
    })
    expect(await failure(call({ signal: controller.signal }))).toMatchObject({ code: 'aborted' })
    await expect.poll(sockets).toBe(0)
  })

  it('ends when its signal aborts, though the client ignores it', async () => {
    const controller = new AbortController()
    const { call } = await serve(() => controller.abort())
    const http = () => new Promise<never>(() => undefined)
    const work = failure(call({ signal: controller.signal, http }))
    controller.abort()
    expect(await work).toMatchObject({ code: 'aborted', certain: false })
  })

  it.each([
    [429, { code: 'rate-limited', certain: true, retryAfterMs: 7_000 }],
    [403, { code: 'refused', certain: true, retryable: true }],
    [413, { code: 'refused', certain: true, retryable: false }],
    [302, { code: 'bad-response', certain: false, retryable: true }],
    [500, { code: 'bad-response', certain: false, retryable: true }],
  ])('fails with what status %s means, and reads no body', async (status, expected) => {
    const { call, sockets } = await serve((_, response) => {
      response.writeHead(status, { 'retry-after': '7', location: 'http://127.0.0.1:1/' }).write('secret')
    })
    const error = await failure(call())
    expect(error).toMatchObject(expected)
    expect(String(error)).not.toContain('secret')
    await expect.poll(sockets).toBe(0)
  })

  it('fails without a doubt when there is no server', async () => {
    const { call, connections } = await serve(() => undefined)
    const http: Exchange['http'] = (_, request, limits) =>
      connections.http(new URL('http://127.0.0.1:1/'), request, limits)
    expect(await failure(call({ http }))).toMatchObject({ code: 'network', certain: true })
  })

  it('fails in doubt when the connection breaks', async () => {
    const { call } = await serve((_, response) => response.socket?.destroy())
    expect(await failure(call())).toMatchObject({ code: 'network', certain: false })
  })

  it('fails in doubt when the connection breaks within the answer', async () => {
    const { call } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '50' })
      response.write('half', () => response.socket?.destroy())
    })
    expect(await failure(call())).toMatchObject({ code: 'network', certain: false })
  })
})
