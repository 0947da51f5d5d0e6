import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { FileBox } from 'file-box'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { type IncomingFileOptions, storeIncomingFile } from './incoming-file.ts'

let server: Server
let asked: IncomingMessage[]
let answer: RequestListener
let port: number
let path: string

/** On loopback, as the services of a gateway's own machine are. */
beforeEach(async () => {
  asked = []
  answer = (_, response) => response.end('content')
  server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  path = join(temporaryFolder(), 'file')
})
afterEach(() => {
  server.close().closeAllConnections()
})

const live = new AbortController().signal
const strict: IncomingFileOptions = { addresses: {}, maxBytes: 10, timeoutMs: 5_000, signal: live }
/** Takes `files.test` for a host of the public internet, and nothing else. */
const open: IncomingFileOptions = {
  ...strict,
  addresses: {
    isAllowed: (address) => address === '127.0.0.1',
    resolve: async (name) => [{ address: name === 'files.test' ? '127.0.0.1' : '10.0.0.1', family: 4 }],
  },
}

/** The box as Wechaty's service client makes it of what the server said. */
const told = (url: string) => FileBox.fromJSON(JSON.stringify(FileBox.fromUrl(url, 'a.txt')))

describe('a file that a puppet names by a URL', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/latest/meta-data/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://2130706433:PORT/',
    'http://inside.test:PORT/',
    'http://169.254.169.254/latest/meta-data/',
    'file:///etc/passwd',
    'ftp://127.0.0.1:PORT/',
    'http://user:password@127.0.0.1:PORT/',
  ])('is not fetched from inside: %s', async (url) => {
    const box = told(url.replace('PORT', String(port)))
    const options = url.includes('inside') ? open : strict
    await expect(storeIncomingFile(box, path, options)).rejects.toMatchObject({ code: 'url-refused' })
    expect([asked.length, existsSync(path)]).toEqual([0, false])
  })

  it('is not fetched from inside by a redirect', async () => {
    answer = (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
    const box = told(`http://files.test:${port}/`)
    await expect(storeIncomingFile(box, path, open)).rejects.toMatchObject({ code: 'url-refused' })
    expect(asked).toHaveLength(1)
  })

  it('is fetched from a public host, with the headers that belong to it', async () => {
    const headers = { Cookie: 'a=1', Referer: 'https://wx.qq.com/', Host: 'inside', Range: 'bytes=0-' }
    const box = FileBox.fromUrl(`http://files.test:${port}/`, { headers })
    await storeIncomingFile(box, path, open)
    expect(readFileSync(path, 'utf8')).toBe('content')
    const { cookie, referer, host, range } = asked[0]?.headers ?? {}
    expect({ cookie, referer, host, range }).toEqual({
      cookie: 'a=1',
      referer: 'https://wx.qq.com/',
      host: `files.test:${port}`,
      range: undefined,
    })
  })

  it.each([
    ['declared', { 'content-length': '11' }],
    ['not declared', {}],
  ])('is too large like any other file, its size %s', async (_, headers) => {
    answer = (_, response) => response.writeHead(200, headers).end('x'.repeat(11))
    const stored = storeIncomingFile(told(`http://files.test:${port}/`), path, open)
    await expect(stored).rejects.toMatchObject({ code: 'media-too-large' })
    expect(existsSync(path)).toBe(false)
  })

  it('closes its connection when it is given up', async () => {
    const stop = new AbortController()
    const closed = Promise.withResolvers<void>()
    answer = (request, response) => {
      request.once('close', closed.resolve)
      response.write('half', () => stop.abort(new Error('stopped')))
    }
    const box = told(`http://files.test:${port}/`)
    await expect(storeIncomingFile(box, path, { ...open, signal: stop.signal })).rejects.toThrow('stopped')
    await closed.promise
    expect(existsSync(path)).toBe(false)
  })
})

it('a file that carries its content is stored', async () => {
  await storeIncomingFile(FileBox.fromBase64('Y29udGVudA==', 'a.txt'), path, strict)
  expect(readFileSync(path, 'utf8')).toBe('content')
})
