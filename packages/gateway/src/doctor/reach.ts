/**
 * Whether a server answers at all, and what time it believes it is. Any HTTP status is an answer.
 */

import { type IncomingMessage, Agent as PlainAgent, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { codeOf, messageOf } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'

export interface Reaching {
  /** See `CheckHost.reach`. */
  reach(url: URL, proxy: URL | undefined, signal: AbortSignal): Promise<number>
  /** How far the clocks of the servers that answered are ahead of this machine's, in milliseconds. */
  readonly clockOffsetsMs: readonly number[]
}

export function reaching(now: () => number = Date.now): Reaching {
  const clockOffsetsMs: number[] = []
  return {
    clockOffsetsMs,
    reach: async (url, proxy, signal) => {
      const { statusCode = 0, headers } = await head(url, proxy, signal)
      // For plain HTTP the proxy answers itself.
      if (statusCode === proxyAuthRequired)
        throw new Error(english('the proxy wants a user name and a password'))
      const dateMs = Date.parse(headers.date ?? '')
      if (Number.isFinite(dateMs)) clockOffsetsMs.push(dateMs - now())
      return statusCode
    },
  }
}

const proxyAuthRequired = 407

async function head(url: URL, proxy: URL | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const isSecure = url.protocol === 'https:'
  const agent = agentFor(proxy, isSecure)
  const request = (isSecure ? requestHttps : requestHttp)(url, { agent, signal })
  request.on('error', (error) =>
    reject(signal.aborted ? signal.reason : new Error(explained(reasonOf(error)), { cause: error })),
  )
  request.once('response', (response) => {
    response.on('error', () => undefined) // Of its body, which is not read.
    resolve(response)
    response.destroy()
  })
  request.end()
  try {
    return await promise
  } finally {
    agent.destroy()
  }
}

function agentFor(proxy: URL | undefined, isSecure: boolean): PlainAgent {
  if (!isSecure) return new PlainAgent(proxy && { proxyEnv: { HTTP_PROXY: proxy.href } })
  return new SecureAgent(proxy && { proxyEnv: { HTTPS_PROXY: proxy.href } })
}

const certificateCode = /CERT|SIGNATURE|SELF_SIGNED|ISSUER/

/** In words of the operator. */
function reasonOf(error: Error): string {
  const first = error instanceof AggregateError ? error.errors.find((one) => one instanceof Error) : undefined
  const code = codeOf(first ?? error)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return english('its name is not found ({code})', { code })
  if (certificateCode.test(code)) return english('its certificate is not accepted ({code})', { code })
  return code === 'unknown' || code.startsWith('ERR_')
    ? messageOf(error)
    : english('no connection ({code})', { code })
}

function explained(reason: string): string {
  return english('{reason}; {advice}', { reason, advice: adviceOn(reason) })
}

function adviceOn(reason: string): string {
  if (certificateCode.test(reason))
    return english(
      'check the clock of this machine; where a proxy of your company opens connections, name its certificate in NODE_EXTRA_CA_CERTS',
    )
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return english('check whether this machine is online, and its DNS')
  return english('check the network, the firewall and the proxy (network.proxy, HTTPS_PROXY)')
}

/** ` directly`, or through which proxy; without its user name and password. */
export function routeOf(proxy: URL | undefined): string {
  return proxy === undefined
    ? english('directly')
    : english('through the proxy {url}', { url: `${proxy.protocol}//${proxy.host}` })
}
