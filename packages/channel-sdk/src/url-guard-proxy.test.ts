import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { type ProxyServer, type ProxyServerOptions, startProxyServer } from './testing/index.ts'
import { fetchText, type UrlGuardOptions } from './url-guard.ts'

const opened: { close(): unknown }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

async function portOf(server: TcpServer): Promise<number> {
  opened.push(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const serve = (listener: RequestListener) => portOf(createServer(listener))

async function proxyWith(options: ProxyServerOptions = {}): Promise<ProxyServer> {
  const proxy = await startProxyServer(options)
  opened.push(proxy)
  return proxy
}

const publicAddress = '8.8.4.4'

/** Only `*.test` can be resolved here; `inside.test` leads to a private address. */
function through(proxy: string, more: Partial<UrlGuardOptions> = {}): UrlGuardOptions {
  return {
    maxBytes: 1_000,
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    proxyFor: () => new URL(proxy),
    resolve: async (name) => {
      if (!name.endsWith('.test')) throw new Error('getaddrinfo ENOTFOUND')
      return [{ address: name === 'inside.test' ? '10.0.0.1' : publicAddress, family: 4 }]
    },
    ...more,
  }
}

describe('a URL behind a proxy', () => {
  it('is fetched from the address that was checked, under its own name', async () => {
    const port = await serve(({ headers, url }, response) => response.end(`${headers.host}${url}`))
    const proxy = await proxyWith({ routes: { [`${publicAddress}:80`]: port } })
    expect(await fetchText('http://public.test/x?y=1', through(proxy.url))).toBe('public.test/x?y=1')
    expect(proxy.asked).toEqual([`CONNECT ${publicAddress}:80`])
  })

  it.each([
    'http://10.0.0.1/',
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data',
    'https://inside.test/',
  ])('is refused without asking the proxy: %s', async (url) => {
    const proxy = await proxyWith()
    await expect(fetchText(url, through(proxy.url))).rejects.toMatchObject({ code: 'url-refused' })
    expect(proxy.asked).toEqual([])
  })

  it('is not fetched where only the proxy could resolve its name', async () => {
    const proxy = await proxyWith()
    await expect(fetchText('http://intranet.corp/', through(proxy.url))).rejects.toMatchObject({
      code: 'url-failed',
      message: expect.stringContaining('only addresses that are checked here'),
    })
    expect(proxy.asked).toEqual([])
  })

  it.each(['http://10.0.0.1/', 'http://inside.test/', 'http://intranet.corp/'])(
    'does not lead to %s by a redirect, whoever chose the first host',
    async (location) => {
      const port = await serve((_, response) => response.writeHead(302, { location }).end())
      const proxy = await proxyWith({ routes: { 'chosen.example:80': port } })
      const options = through(proxy.url, { trustedHost: 'chosen.example' })
      await expect(fetchText('http://chosen.example/', options)).rejects.toThrow()
      expect(proxy.asked).toEqual(['CONNECT chosen.example:80'])
    },
  )

  it('is asked for by name where the program itself chose the host', async () => {
    const port = await serve((_, response) => response.end('sunny'))
    const proxy = await proxyWith({ routes: { 'weather.example:8080': port } })
    const options = through(proxy.url, { trustedHost: 'weather.example' })
    expect(await fetchText('http://weather.example:8080/', options)).toBe('sunny')
  })

  it('uses the credentials of the proxy and never shows them', async () => {
    const proxy = await proxyWith({ status: 407 })
    const url = `http://ann:p%40ss@127.0.0.1:${proxy.port}`
    const failed = await fetchText('http://public.test/', through(url)).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'url-failed', message: expect.stringContaining('HTTP 407') })
    expect(String(failed)).not.toMatch(/ann|p%40ss|p@ss/)
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from('ann:p@ss').toString('base64')}`])
  })

  it('is given up when its time is over, also while the proxy is silent', async () => {
    const port = await portOf(createTcpServer())
    const options = through(`http://127.0.0.1:${port}`, { timeoutMs: 100 })
    await expect(fetchText('http://public.test/', options)).rejects.toMatchObject({ code: 'url-timeout' })
  })
})

describe('a secure URL behind a proxy', () => {
  /** A certificate for `public.test`, which is trusted while the test runs. */
  function certificate(): { key: Buffer; cert: Buffer } {
    const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
    opened.push({ close: () => rmSync(folder, { recursive: true }) })
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', '/CN=public.test', '-addext', 'subjectAltName=DNS:public.test']
    const made = ['-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert]
    execFileSync('openssl', ['req', '-x509', ...made, ...subject], { stdio: 'ignore' })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  }

  it('is checked against its own name, not the address', async () => {
    const pair = certificate()
    const port = await portOf(createSecureServer(pair, (_, response) => response.end('safe')))
    const proxy = await proxyWith({ routes: { [`${publicAddress}:443`]: port } })
    const before = getCACertificates()
    setDefaultCACertificates([...before, pair.cert])
    opened.push({ close: () => setDefaultCACertificates(before) })
    expect(await fetchText('https://public.test/', through(proxy.url))).toBe('safe')
    await expect(fetchText('https://other.test/', through(proxy.url))).rejects.toThrow(/altnames/)
  })
})
