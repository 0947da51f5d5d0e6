import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type ProxyServer, type ProxyServerOptions, startProxyServer } from '@moltbot/channel-sdk/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { toolContext } from '../../test/tool-context.ts'
import { cappedFetch } from '../model/capped-fetch.ts'
import { weatherTool } from '../tools/weather-tool.ts'
import { backendProxy, outgoingProxy, useProxies } from './outgoing.ts'
import { noProxies, proxiesOf } from './proxy.ts'

const opened: { close(): unknown }[] = []
afterEach(() => {
  useProxies(noProxies)
  for (const one of opened.splice(0)) one.close()
})

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  opened.push({ close: () => server.close().closeAllConnections() })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A proxy that is in use. */
async function proxyInUse(options: ProxyServerOptions = {}, more: object = {}): Promise<ProxyServer> {
  const proxy = await startProxyServer(options)
  opened.push(proxy)
  useProxies(proxiesOf({ proxy: proxy.url, ilink: false, noProxy: undefined, ...more }, {}))
  return proxy
}

describe('requests to models and MCP servers', () => {
  it('go through the proxy, with their own host, headers and body', async () => {
    const port = await serve(async (request, response) => {
      const body = await new Response(request).text()
      response.end(`${request.headers.host} ${request.headers.authorization} ${body}`)
    })
    const proxy = await proxyInUse({ routes: { 'model.example:80': port } })
    const init = { method: 'POST', headers: { authorization: 'Bearer k' }, body: 'hi' }
    const response = await cappedFetch('http://model.example/v1/chat', init)
    expect(await response.text()).toBe('model.example Bearer k hi')
    expect(proxy.asked).toEqual(['POST http://model.example/v1/chat'])
  })

  it('go through a tunnel where they are secure', async () => {
    const proxy = await proxyInUse()
    await expect(cappedFetch('https://model.example/v1')).rejects.toThrow('fetch failed')
    expect(proxy.asked).toEqual(['CONNECT model.example:443'])
  })

  it('stay on this machine, and off the proxy where the configuration says so', async () => {
    const port = await serve((_, response) => response.end('here'))
    const proxy = await proxyInUse({}, { noProxy: ['model.invalid'] })
    expect(await (await cappedFetch(`http://127.0.0.1:${port}/`)).text()).toBe('here')
    await expect(cappedFetch('http://model.invalid/')).rejects.toThrow('fetch failed')
    expect(proxy.asked).toEqual([])
  })

  it('follow a changed configuration', async () => {
    const first = await proxyInUse()
    const second = await proxyInUse()
    await cappedFetch('http://model.example/')
    expect([first.asked, second.asked]).toEqual([[], ['GET http://model.example/']])
  })
})

it('the weather service is asked for by name: only the proxy may be able to resolve it', async () => {
  const proxy = await proxyInUse()
  const tool = weatherTool({ proxyFor: outgoingProxy })
  await expect(tool.execute({ place: 'Hangzhou' }, toolContext())).rejects.toThrow('HTTP 502')
  expect(proxy.asked).toEqual(['CONNECT geocoding-api.open-meteo.com:443'])
})

describe('the iLink backend', () => {
  it('has a proxy only where the configuration asks for one', async () => {
    const { url } = await proxyInUse()
    expect(backendProxy()).toBeUndefined()
    useProxies(proxiesOf({ proxy: url, ilink: true, noProxy: undefined }, {}))
    expect(backendProxy()?.origin).toBe(url)
  })
})
