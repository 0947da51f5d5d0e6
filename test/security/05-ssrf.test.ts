/**
 * Class 5: SSRF by media URLs. The URL guard, with a real server on a forbidden address.
 */

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { fetchText, type UrlGuardOptions } from '@moltbot/channel-sdk/url-guard'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let server: Server
let port: number
let asked: string[]
/** The target of `/redirect`. */
let location = ''

beforeEach(async () => {
  asked = []
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/redirect') response.writeHead(302, { location }).end()
    else response.end('internal')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
})
afterEach(() => {
  server.close().closeAllConnections()
})

const strict: UrlGuardOptions = {
  maxBytes: 1_000,
  timeoutMs: 5_000,
  signal: new AbortController().signal,
}
const refused = (url: string, options: UrlGuardOptions) =>
  expect(fetchText(url, options)).rejects.toMatchObject({ code: 'url-refused' })

describe('a URL of a stranger', () => {
  it.each([
    ['the address itself', '127.0.0.1'],
    ['its short form', '127.1'],
    ['its number', '2130706433'],
    ['IPv6 around it', '[::ffff:127.0.0.1]'],
    ['a name with a dot at its end', 'localhost.'],
    ['a prefix that looks like an allowed host', 'public.test@127.0.0.1'],
  ])('with %s is not requested', async (_name, host) => {
    await refused(`http://${host}:${port}/`, strict)
    expect(asked).toEqual([])
  })

  it('is rejected if one address of its host is private', async () => {
    const resolve = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    await refused(`http://rebinding.test:${port}/`, { ...strict, resolve })
    expect(asked).toEqual([])
  })

  it('is checked again at every redirect', async () => {
    const options: UrlGuardOptions = {
      ...strict,
      isAllowed: (address) => address === '127.0.0.1',
      resolve: async (name) => [{ address: name === 'public.test' ? '127.0.0.1' : '10.0.0.1', family: 4 }],
    }
    location = 'http://inner.test/secret'
    await refused(`http://public.test:${port}/redirect`, options)
    location = 'http://169.254.169.254/latest/meta-data/'
    await refused(`http://public.test:${port}/redirect`, options)
    expect(asked).toEqual(['/redirect', '/redirect'])
  })
})
