/**
 * The proxies of this process, for whatever makes a request: models, MCP servers, tools, and channels. There is one set,
 * as there is one environment, and the running configuration decides about it.
 */

import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { noProxies, type Proxies, proxyFor } from './proxy.ts'

let current: Proxies = noProxies
/** By proxy and scheme; connections to a proxy are kept like others. */
const agents = new Map<string, Agent>()

/** From now on requests use these. Running ones go on. */
export function useProxies(proxies: Proxies): void {
  current = proxies
  for (const agent of agents.values()) agent.destroy()
  agents.clear()
}

/** The proxy for a URL; undefined: it is reached directly. */
export function outgoingProxy(url: URL): URL | undefined {
  return proxyFor(current, url)
}

/** The proxy for the iLink backend and its CDN, where the configuration asks for one. */
export function backendProxy(): URL | undefined {
  return current.ilink ? current.https?.url : undefined
}

/** Node's option for a request; undefined: the global agent, which knows no proxy. */
export function outgoingAgent(url: URL): Agent | undefined {
  const proxy = outgoingProxy(url)
  if (proxy === undefined) return undefined
  const key = `${url.protocol}${proxy.href}`
  const agent = agents.get(key) ?? agentThrough(proxy, url.protocol === 'https:')
  agents.set(key, agent)
  return agent
}

/** As Node's global agents are made. */
const keptAlive = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const

function agentThrough({ href }: URL, isSecure: boolean): Agent {
  return isSecure
    ? new SecureAgent({ ...keptAlive, proxyEnv: { HTTPS_PROXY: href } })
    : new Agent({ ...keptAlive, proxyEnv: { HTTP_PROXY: href } })
}
