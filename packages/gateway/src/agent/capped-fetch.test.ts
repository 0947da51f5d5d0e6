import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
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
    await expect((await cappedFetch(`${url}over`)).bytes()).rejects.toThrow(/larger than/)
  })
})
