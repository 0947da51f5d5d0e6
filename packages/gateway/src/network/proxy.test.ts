import { describe, expect, it } from 'vitest'
import { goesDirect, listOf } from './no-proxy.ts'
import { describeProxies, type NetworkConfig, proxiesOf, proxyFor, proxySecrets } from './proxy.ts'

const unset: NetworkConfig = { proxy: undefined, ilink: false, noProxy: undefined }
const api = new URL('https://api.example/v1')
const plain = new URL('http://api.example/v1')

const proxyIn = (env: NodeJS.ProcessEnv, url = api) => proxyFor(proxiesOf(unset, env), url)?.href

describe('the proxy of the environment', () => {
  it.each([
    ['HTTPS_PROXY', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1/', undefined],
    ['HTTP_PROXY', { HTTP_PROXY: 'http://p:1' }, undefined, 'http://p:1/'],
    ['ALL_PROXY', { ALL_PROXY: 'http://p:1' }, 'http://p:1/', 'http://p:1/'],
    ['lower case', { https_proxy: 'http://p:1', HTTPS_PROXY: 'http://q:1' }, 'http://p:1/', undefined],
    [
      'the more exact one',
      { all_proxy: 'http://q:1', HTTPS_PROXY: 'http://p:1' },
      'http://p:1/',
      'http://q:1/',
    ],
    ['no scheme', { HTTPS_PROXY: '127.0.0.1:7890' }, 'http://127.0.0.1:7890/', undefined],
    ['spaces', { HTTPS_PROXY: ' http://p:1 ' }, 'http://p:1/', undefined],
    ['an empty one', { HTTPS_PROXY: '', https_proxy: '' }, undefined, undefined],
    [
      'a SOCKS port beside an HTTP port',
      { ALL_PROXY: 'socks5://p:1', HTTPS_PROXY: 'http://p:2' },
      'http://p:2/',
      undefined,
    ],
    ['nothing', {}, undefined, undefined],
  ])('%s', (_, env, secure, insecure) => {
    expect([proxyIn(env), proxyIn(env, plain)]).toEqual([secure, insecure])
  })

  it.each([
    [
      { ALL_PROXY: 'socks5://127.0.0.1:7891' },
      /ALL_PROXY is not used: socks5:\/\/ is not supported; name the HTTP port/,
    ],
    [{ HTTPS_PROXY: 'http://' }, /HTTPS_PROXY is not used: it is not a URL/],
  ])('that cannot be used is warned of once: %j', (env, warning) => {
    expect(proxiesOf(unset, env)).toMatchObject({
      https: undefined,
      warnings: [expect.stringMatching(warning)],
    })
  })
})

describe('the proxy of the configuration', () => {
  const env = { HTTPS_PROXY: 'http://env:1', NO_PROXY: 'api.example' }

  it('goes before that of the environment, whose list stays', () => {
    const proxies = proxiesOf({ ...unset, proxy: 'http://own:2' }, env)
    expect(proxyFor(proxies, new URL('https://other.example/'))?.href).toBe('http://own:2/')
    expect(proxyFor(proxies, api)).toBeUndefined()
  })

  it('replaces the list', () => {
    expect(proxyFor(proxiesOf({ ...unset, noProxy: ['x'] }, env), api)?.href).toBe('http://env:1/')
  })

  it('can be none', () => {
    expect(proxiesOf({ ...unset, proxy: false }, env)).toMatchObject({ http: undefined, https: undefined })
  })
})

describe('a host is reached directly', () => {
  it.each([
    ['*', 'https://api.example/', true],
    ['api.example', 'https://api.example/', true],
    ['API.Example', 'https://api.example/', true],
    ['example', 'https://api.example/', true],
    ['.example', 'https://api.example/', true],
    ['*.example', 'https://api.example/', true],
    ['api.example', 'https://api.example./', true],
    ['pi.example', 'https://api.example/', false],
    ['api.example.org', 'https://api.example/', false],
    ['api.example:443', 'https://api.example/', true],
    ['api.example:8443', 'https://api.example/', false],
    ['api.example:80', 'http://api.example/', true],
    ['10.1.2.3', 'http://10.1.2.3/', true],
    ['3', 'http://10.1.2.3/', false],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['10.0.0.0/99', 'http://10.0.0.0/', false],
    ['fd00::/8', 'http://[fd00::1]/', true],
    ['fd00::1', 'http://[fd00::1]/', true],
    ['[fd00::1]:81', 'http://[fd00::1]/', false],
    ['', 'https://api.example/', false],
    ['/', 'https://api.example/', false],
  ])('%j and %s: %s', (entry, url, expected) => {
    expect(goesDirect(new URL(url), [entry])).toBe(expected)
  })

  it.each([
    'http://localhost:1/',
    'http://a.localhost/',
    'http://127.0.0.1/',
    'http://127.9.9.9/',
    'http://[::1]/',
  ])('whatever the list says, where it is this machine: %s', (url) =>
    expect(goesDirect(new URL(url), [])).toBe(true),
  )

  it('by a list with commas, spaces or both', () => {
    expect(listOf(' a, b  c,,d')).toEqual(['a', 'b', 'c', 'd'])
    expect(listOf(undefined)).toEqual([])
  })
})

describe('what is said of a proxy', () => {
  const env = { HTTPS_PROXY: 'http://ann:p%40ss@proxy.corp:3128', NO_PROXY: 'corp' }

  it('names it, what is reached directly, and iLink, without the credentials', () => {
    const text = describeProxies(proxiesOf(unset, env))
    expect(text).toContain(
      'http://…@proxy.corp:3128 (from HTTPS_PROXY); directly reached are corp; iLink is reached directly',
    )
    expect(describeProxies(proxiesOf({ ...unset, ilink: true }, env))).toContain('iLink uses it too')
    expect(describeProxies(proxiesOf(unset, {}))).toBeUndefined()
  })

  it('never includes the password, in either spelling', () => {
    expect(proxySecrets(proxiesOf(unset, env))).toEqual(['p%40ss', 'p@ss'])
  })
})
