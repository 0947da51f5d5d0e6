import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkedHref, fetchText, openUrl, publicHref, type UrlGuardOptions } from './url-guard.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

let seen: IncomingMessage[]
let port: number
let handle: RequestListener

/** The server that must not be reached: on loopback, as a gateway's own services are. */
beforeEach(async () => {
  seen = []
  handle = (_, response) => response.end('body')
  const server = createServer((request, response) => {
    seen.push(request)
    handle(request, response)
  })
  servers.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})

const strict: UrlGuardOptions = { maxBytes: 1_000, timeoutMs: 5_000, signal: new AbortController().signal }
/** Takes loopback for the public internet, and nothing else. `public.test` is there. */
const loopback: UrlGuardOptions = {
  ...strict,
  isAllowed: (address) => address === '127.0.0.1',
  resolve: async (name) => [{ address: name === 'public.test' ? '127.0.0.1' : '10.0.0.1', family: 4 }],
}
const local = (path = '/') => `http://public.test:${port}${path}`
const refused = (promise: Promise<unknown>) => expect(promise).rejects.toMatchObject({ code: 'url-refused' })

describe('a URL', () => {
  it('is fetched, without anything of ours', async () => {
    expect(await fetchText(local('/x?y=1'), loopback)).toBe('body')
    const { url, headers } = seen[0] ?? {}
    expect(url).toBe('/x?y=1')
    expect(Object.keys(headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })

  it('sends its own headers to its own origin, over redirects too', async () => {
    handle = (request, response) =>
      request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : response.end('body')
    await fetchText(local('/a'), { ...loopback, headers: { cookie: 'a=1' } })
    expect(seen.map(({ url, headers }) => [url, headers.cookie])).toEqual([
      ['/a', 'a=1'],
      ['/b', 'a=1'],
    ])
  })

  it('keeps its own headers from another origin', async () => {
    const elsewhere = `http://elsewhere.test:${port}/b`
    handle = (request, response) =>
      request.url === '/a' ? response.writeHead(302, { location: elsewhere }).end() : response.end('body')
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
    await fetchText(local('/a'), { ...loopback, resolve, headers: { cookie: 'a=1', authorization: 'b' } })
    expect(seen.map(({ headers }) => [headers.cookie, headers.authorization])).toEqual([
      ['a=1', 'b'],
      [undefined, undefined],
    ])
  })

  it.each([
    'http://127.0.0.1:PORT/',
    'http://127.1:PORT/',
    'http://127.0.0.1.:PORT/',
    'http://2130706433:PORT/',
    'http://0x7f000001:PORT/',
    'http://0x7f.1:PORT/',
    'http://0177.0.0.1:PORT/',
    'http://017700000001:PORT/',
    'http://0:PORT/',
    'http://[::]:PORT/',
    'http://[::1]:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://[64:ff9b::7f00:1]:PORT/',
    'http://１２７.０.０.１:PORT/',
    'http://①②⑦.⓪.⓪.①:PORT/',
    'http://127。0。0。1:PORT/',
    'http://%31%32%37.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://LOCALHOST.:PORT/',
    'http://localhost..:PORT/',
    'http:127.0.0.1:PORT/',
    'http:\\\\127.0.0.1:PORT\\',
    'http://169.254.169.254/latest/meta-data/',
    'http://user@public.test:PORT/',
    'http://:password@public.test:PORT/',
    'http://public.test@127.0.0.1:PORT/',
    'ftp://public.test/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:1',
    '//127.0.0.1/',
    '/etc/passwd',
    '',
    `http://public.test/${'x'.repeat(5_000)}`,
  ])('%s is refused without a request', async (url) => {
    await refused(openUrl(url.replaceAll('PORT', String(port)), strict))
    expect(seen).toEqual([])
  })

  it.each([
    ['one address of the inside', ['10.0.0.1']],
    ['one of several on the inside', ['127.0.0.1', '10.0.0.1']],
    ['an IPv4 address in IPv6', ['::ffff:10.0.0.1']],
    ['none', []],
  ])('is refused when its name has %s', async (_, addresses) => {
    const resolve = async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    await refused(openUrl(local(), { ...loopback, resolve }))
    expect(seen).toEqual([])
  })

  it('is connected to an address that was checked, however the name resolves next', async () => {
    let asked = 0
    const resolve = async () => [{ address: asked++ === 0 ? '10.0.0.1' : '127.0.0.1', family: 4 }]
    await refused(openUrl(local(), { ...loopback, resolve }))
    expect([asked, seen.length]).toEqual([1, 0])
    asked = 1
    expect(await fetchText(local(), { ...loopback, resolve })).toBe('body')
    expect(asked).toBe(2)
  })

  it('fails when its name does not resolve or no server listens', async () => {
    const resolve = async () => {
      throw new Error('ENOTFOUND')
    }
    const failed = (url: string, options: UrlGuardOptions) =>
      expect(openUrl(url, options)).rejects.toMatchObject({ code: 'url-failed', retryable: true })
    await failed(local(), { ...loopback, resolve })
    await failed('http://public.test:1/', loopback)
  })

  it('fails for an answer that is an error', async () => {
    handle = (_, response) => response.writeHead(500).end('secret details')
    await expect(fetchText(local(), loopback)).rejects.toMatchObject({ code: 'url-failed', retryable: true })
    expect((await openUrl(local(), loopback)).status).toBe(500)
  })

  it('holds no connection for a body that is not read', async () => {
    const closed = Promise.withResolvers<void>()
    handle = (_, response) => {
      response.on('close', closed.resolve).writeHead(500).write('the beginning')
    }
    const patient = { ...loopback, timeoutMs: 600_000 }
    await expect(fetchText(local(), patient)).rejects.toMatchObject({ code: 'url-failed' })
    await closed.promise
  })
})

describe('a redirect', () => {
  const to = (location: string) => {
    handle = ({ url }, response) =>
      url === '/' ? response.writeHead(302, { location }).end() : response.end('there')
  }

  it('is followed, relative ones too', async () => {
    to('/next')
    expect(await fetchText(local(), loopback)).toBe('there')
    expect((await openUrl(local(), loopback)).url).toBe(local('/next'))
  })

  it.each([
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://inside.test/',
    'http://user:pw@public.test/',
    'file:///etc/passwd',
    'http://',
  ])('to %s is refused', async (location) => {
    to(location)
    await refused(openUrl(local(), loopback))
    expect(seen).toHaveLength(1)
  })

  it('is followed so often and no more', async () => {
    to('/')
    await refused(openUrl(local(), { ...loopback, maxRedirects: 3 }))
    expect(seen).toHaveLength(4)
  })
})

describe('a body', () => {
  const failsWith = (code: string, options: UrlGuardOptions) =>
    expect(fetchText(local(), options)).rejects.toMatchObject({ code })

  it('may be as large as the limit, and no larger, announced or not', async () => {
    handle = (_, response) => response.end('x'.repeat(1_000))
    expect(await fetchText(local(), loopback)).toHaveLength(1_000)
    handle = (_, response) => response.end('x'.repeat(1_001))
    await failsWith('url-too-large', loopback)
    handle = (_, response) => {
      response.write('x'.repeat(600))
      response.write('x'.repeat(600))
    }
    await failsWith('url-too-large', loopback)
  })

  it.each(['does not begin', 'does not end'])('that %s ends with the time', async (how) => {
    handle = (_, response) => {
      if (how === 'does not end') response.write('x')
    }
    await failsWith('url-timeout', { ...loopback, timeoutMs: 50 })
  })

  it('that comes byte by byte ends with the time', async () => {
    const timers: NodeJS.Timeout[] = []
    handle = (_, response) => void timers.push(setInterval(() => response.write('x'), 5))
    await failsWith('url-timeout', { ...loopback, timeoutMs: 50 })
    for (const timer of timers) clearInterval(timer)
  })

  it('that breaks off is a failure', async () => {
    handle = (_, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x')
      setImmediate(() => response.destroy())
    }
    await failsWith('url-failed', loopback)
  })

  it('is no longer read when the caller stops', async () => {
    handle = () => {}
    const controller = new AbortController()
    const outcome = openUrl(local(), { ...loopback, signal: controller.signal })
    void expect
      .poll(() => seen.length)
      .toBe(1)
      .then(() => controller.abort())
    await expect(outcome).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('an address that people are shown', () => {
  it('is that of a host whose addresses are all public, whether it answers or not', async () => {
    expect(await publicHref('HTTP://public.test:1/a b', loopback)).toBe('http://public.test:1/a%20b')
    expect(await publicHref('http://93.184.216.34/', strict)).toBe('http://93.184.216.34/')
    expect(await publicHref('http://[2606:4700::1111]/', strict)).toBe('http://[2606:4700::1111]/')
  })

  it.each([
    'http://inner.test/',
    'http://10.0.0.1/secret',
    'http://[::1]/',
    'http://user:pw@public.test/',
    'file:///etc/passwd',
    '',
  ])('is not %j', async (url) => {
    expect(await publicHref(url, loopback)).toBeUndefined()
  })

  it('is none that does not resolve, or not within the time', async () => {
    const fails = () => Promise.reject(new Error('ENOTFOUND'))
    expect(await publicHref(local(), { ...loopback, resolve: fails })).toBeUndefined()
    const resolve = () => new Promise<never>(() => {})
    expect(await publicHref(local(), { ...loopback, resolve, timeoutMs: 20 })).toBeUndefined()
    expect(await publicHref(local(), { ...loopback, resolve, signal: AbortSignal.abort() })).toBeUndefined()
  })
})

describe('a text that is posted', () => {
  it('arrives with its length and headers', async () => {
    const bodies: string[] = []
    handle = async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      bodies.push(body)
      response.writeHead(204).end()
    }
    const { status } = await openUrl(local('/hook'), {
      ...loopback,
      post: '{"é":1}',
      headers: { 'x-id': '7' },
    })
    expect({ status, bodies }).toEqual({ status: 204, bodies: ['{"é":1}'] })
    expect(seen[0]).toMatchObject({ method: 'POST', headers: { 'content-length': '8', 'x-id': '7' } })
  })

  it.each([301, 302, 303, 307, 308])('is sent nowhere else by HTTP %s', async (status) => {
    handle = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end()
    await refused(openUrl(local('/hook'), { ...loopback, post: 'x' }))
    expect(seen.map(({ url }) => url)).toEqual(['/hook'])
  })

  it('that no server takes says so', async () => {
    const nobody = openUrl('http://public.test:1/', { ...loopback, post: 'x' })
    await expect(nobody).rejects.toMatchObject({
      code: 'url-failed',
      message: expect.stringMatching(/^it could not be reached: /),
    })
  })

  it('is not sent to an address that is not public', async () => {
    await refused(openUrl(`http://127.0.0.1:${port}/`, { ...strict, post: 'x' }))
    await refused(openUrl(`http://private.test:${port}/`, { ...loopback, post: 'x' }))
    expect(seen).toEqual([])
  })
})

it('a URL is checked without a request', async () => {
  expect(await checkedHref(local('/a'), loopback)).toBe(local('/a'))
  await refused(checkedHref(`http://private.test:${port}/`, loopback))
  await expect(
    checkedHref(local(), { ...loopback, resolve: () => Promise.reject(new Error('ENOTFOUND')) }),
  ).rejects.toThrow('ENOTFOUND')
  expect(seen).toEqual([])
})
