/**
 * A small CDN over real HTTP for the media tests: stores what is posted, serves what was stored, fails on demand.
 */
import { createCipheriv, createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

export interface CdnServer {
  /** Without trailing slash, as configured for the real one. */
  baseUrl: string
  /** Stored ciphertexts by download parameter. */
  blobs: Map<string, Buffer>
  /** Answers for the next requests, used up first. */
  faults: Answer[]
  /** Every request that came. */
  seen: { method: string; url: string; headers: IncomingMessage['headers'] }[]
  close(): Promise<void>
}

export const startCdn = async (): Promise<CdnServer> => {
  const cdn = { blobs: new Map<string, Buffer>(), faults: [] as Answer[], seen: [] as CdnServer['seen'] }
  const server = createServer(async (request, response) => {
    cdn.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers })
    try {
      await (cdn.faults.shift() ?? (request.method === 'GET' ? serve : store))(request, response)
    } catch (error) {
      // The client closed the connection, as many tests make it do.
      if (!request.destroyed) throw error
    }
  })
  const serve: Answer = (request, response) => {
    const blob = cdn.blobs.get(queryOf(request, 'encrypted_query_param'))
    if (blob) response.end(blob)
    else response.writeHead(404, { 'x-error-message': 'no such file' }).end()
  }
  const store: Answer = async (request, response) => {
    const param = `stored/${queryOf(request, 'encrypted_query_param')}`
    cdn.blobs.set(param, await buffer(request))
    response.setHeader('x-encrypted-param', param).end()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    ...cdn,
    baseUrl: `http://127.0.0.1:${address.port}/c2c`,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const queryOf = (request: IncomingMessage, name: string): string =>
  new URL(request.url ?? '', 'http://cdn').searchParams.get(name) ?? ''

/** An answer with nothing but a status and headers. */
export const answer =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (request, response) => {
    request.resume()
    response.writeHead(status, headers).end()
  }

/** The ciphertext of `plain`, by one call of the platform. */
export const encrypted = (plain: Uint8Array, key: Buffer): Buffer => {
  const cipher = createCipheriv('aes-128-ecb', key, null)
  return Buffer.concat([cipher.update(plain), cipher.final()])
}

/** Bytes without a pattern that are the same in each run: one wrong key in 256 would pass for right on random ones. */
export const deterministicBytes = (size: number): Buffer =>
  createHash('shake256', { outputLength: size }).update('media').digest()
