/**
 * A connection to a host through an HTTP proxy (RFC 9110, CONNECT).
 */

import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'

export interface TunnelTarget {
  /** An address, or a name that the proxy resolves. IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** @throws the network's error; an Error for a proxy that refuses; the reason of `signal` */
export function openTunnel(proxy: URL, { host, port }: TunnelTarget, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const request = (proxy.protocol === 'https:' ? requestHttps : requestHttp)({
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...authorization(proxy) },
    agent: false,
    signal,
  })
  request.once('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) return resolve(socket)
    socket.destroy()
    reject(new Error(`the proxy ${proxy.host} refused the connection with HTTP ${statusCode}`))
  })
  request.once('response', (response) => {
    response.destroy()
    reject(new Error(`the proxy ${proxy.host} answered with HTTP ${response.statusCode}`))
  })
  request.on('error', reject).end()
  return promise
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}
