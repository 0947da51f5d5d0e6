import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { cappedFetch, maxReplyBytes } from './capped-fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}/`
}

describe('cappedFetch', () => {
  it('passes status, headers and body on', async () => {
    const url = await serve((_, response) => response.writeHead(418, { 'x-a': 'b' }).end('tea'))
    const response = await cappedFetch(url, { method: 'POST', body: 'x' })
    expect([response.status, response.headers.get('x-a'), await response.text()]).toEqual([418, 'b', 'tea'])
  })

  it('follows no redirect, so that a key in a header stays with its host', async () => {
    const seen: string[] = []
    const other = await serve((request, response) => {
      seen.push(String(request.headers['x-api-key']))
      response.end()
    })
    const url = await serve((_, response) => response.writeHead(307, { location: other }).end())
    const response = await cappedFetch(url, { method: 'POST', headers: { 'x-api-key': 'secret' } })
    expect(response.status).toBe(307)
    expect(seen).toEqual([])
  })

  it('takes a body up to the cap and fails on a larger one, announced or not', async () => {
    const url = await serve((request, response) => {
      const over = request.url === '/over' ? 1 : 0
      response.write(Buffer.alloc(maxReplyBytes))
      response.end(Buffer.alloc(over))
    })
    expect((await (await cappedFetch(url)).bytes()).length).toBe(maxReplyBytes)
    await expect(cappedFetch(`${url}over`)).rejects.toThrow(/larger than/)
  })

  it('streams events as they come, up to the cap', async () => {
    const events = { 'content-type': 'text/event-stream; charset=utf-8' }
    const { promise: seen, resolve: see } = Promise.withResolvers<void>()
    const url = await serve(async (request, response) => {
      response.writeHead(200, events).write('data: 1\n\n')
      if (request.url === '/over') return response.end(Buffer.alloc(maxReplyBytes))
      await seen
      return response.end('data: 2\n\n')
    })
    let text = ''
    for await (const part of (await cappedFetch(url)).body ?? []) {
      text += new TextDecoder().decode(part)
      see()
    }
    expect(text).toBe('data: 1\n\ndata: 2\n\n')
    await expect((await cappedFetch(`${url}over`)).text()).rejects.toThrow(/larger than/)
  })

  it('does not read more of a stream than its reader takes', async () => {
    let written = 0
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const write = (): boolean => {
        written += 100_000
        return response.write(Buffer.alloc(100_000)) && written < maxReplyBytes
      }
      while (write());
      response.on('drain', () => void write())
    })
    const response = await cappedFetch(url)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(written).toBeLessThan(maxReplyBytes)
    await response.body?.cancel()
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])(
    'reads %s of a server that sends it unasked, and no more than the cap of it',
    async (encoding, encode) => {
      const url = await serve((request, response) => {
        expect(request.headers['accept-encoding']).toBe('identity')
        const body = request.url === '/bomb' ? Buffer.alloc(maxReplyBytes + 1) : Buffer.from('tea')
        response.writeHead(200, { 'content-encoding': encoding }).end(encode(body))
      })
      expect(await (await cappedFetch(url)).text()).toBe('tea')
      await expect(cappedFetch(`${url}bomb`)).rejects.toThrow(/larger than/)
    },
  )

  it('sends texts, bytes and forms', async () => {
    const url = await serve((request, response) => {
      response.setHeader('x-type', String(request.headers['content-type']))
      request.pipe(response)
    })
    const form = new FormData()
    form.append('model', 'm')
    form.append('file', new File(['sound'], 'a.wav'))
    const post = (body: NonNullable<RequestInit['body']>) => cappedFetch(url, { method: 'POST', body })
    expect(await (await post('中文')).text()).toBe('中文')
    expect(await (await post(Uint8Array.of(1, 2))).bytes()).toEqual(Uint8Array.of(1, 2))
    const sent = await post(form)
    const type = sent.headers.get('x-type') ?? ''
    const back = await new Response(await sent.bytes(), { headers: { 'content-type': type } }).formData()
    expect(back.get('model')).toBe('m')
  })

  it('takes a status that has no body, and fails on one that is none', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.url === '/odd' ? 999 : 204).end()
    })
    expect((await cappedFetch(url)).status).toBe(204)
    await expect(cappedFetch(`${url}odd`)).rejects.toThrow('fetch failed')
  })

  it('fails as fetch does: with the network error as its cause, or with the reason of the signal', async () => {
    const gone = await serve((request) => request.socket.resetAndDestroy())
    const cause = expect.objectContaining({ code: 'ECONNRESET' })
    await expect(cappedFetch(gone)).rejects.toMatchObject({
      name: 'TypeError',
      message: 'fetch failed',
      cause,
    })
    const silent = await serve(() => undefined)
    const reason = new Error('my reason')
    const controller = new AbortController()
    const outcome = expect(cappedFetch(silent, { signal: controller.signal })).rejects.toBe(reason)
    controller.abort(reason)
    await outcome
    await expect(cappedFetch(silent, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('ends a stream whose signal aborts, and the request of one that is cancelled', async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>()
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      response.once('close', close)
    })
    const controller = new AbortController()
    const aborted = await cappedFetch(url, { signal: controller.signal })
    const outcome = expect(aborted.text()).rejects.toThrow()
    controller.abort()
    await outcome
    const cancelled = await cappedFetch(url)
    await cancelled.body?.cancel()
    await closed
  })

  it('may be aborted when the answer has come and is not read', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      response.end('data: 2\n\n')
    })
    const controller = new AbortController()
    const response = await cappedFetch(url, { signal: controller.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    controller.abort()
    await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('asks again when an idle connection was closed in the moment of its use', async () => {
    let requests = 0
    const url = await serve((request, response) => {
      requests++
      if (requests === 2) request.socket.resetAndDestroy()
      else response.end('tea')
    })
    expect(await (await cappedFetch(url)).text()).toBe('tea')
    expect(await (await cappedFetch(url)).text()).toBe('tea')
    expect(requests).toBe(3)
  })
})
