/**
 * Where the backend of a puppet of ours is, before it runs.
 */

import { connect } from 'node:net'
import { discoverEndpoint } from './discovery.ts'
import type { ServiceOptions } from './service-options.ts'

export interface ILinkEndpoints {
  readonly login: string
  readonly api: string
  readonly cdn: string
}

interface ILinkModule {
  endpointsOf(options: Readonly<Record<string, unknown>>): ILinkEndpoints
}

/** @throws where the options are invalid */
export async function ilinkEndpoints(options: Readonly<Record<string, unknown>>): Promise<ILinkEndpoints> {
  const { endpointsOf }: ILinkModule = await import('wechaty-puppet-ilink')
  const { capabilities: _, ...own } = options
  return endpointsOf(own)
}

/**
 * Whether something listens where a hosted puppet is.
 * @returns `host:port` or `unix:/path`
 * @throws what `discoverEndpoint` throws, or the network's error
 */
export async function reachHostedPuppet(
  { token, authority, endpoint }: ServiceOptions,
  signal: AbortSignal,
): Promise<string> {
  const place = endpoint ?? (await discoverEndpoint({ token, authority, signal }))
  await opens(place, signal)
  return place
}

function opens(place: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const [, path] = /^unix:(?:\/\/)?(\/.*)$/.exec(place) ?? []
  const [, host = place, port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(place) ?? []
  const socket = path === undefined ? connect({ host, port: Number(port) }) : connect({ path })
  const onAbort = () => socket.destroy(new Error('no answer in time'))
  signal.addEventListener('abort', onAbort, { once: true })
  socket.once('connect', () => {
    socket.destroy()
    resolve()
  })
  socket.on('error', reject)
  socket.once('close', () => signal.removeEventListener('abort', onAbort))
  return promise
}
