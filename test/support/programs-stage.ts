/**
 * A real gateway with one iLink account, an owner who has written, and a person who has not, for tests of what other programs
 * use.
 */

import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Backend, startBackend } from './backend.ts'
import { configOf } from './config.ts'
import { GatewayHome, type RunningGateway } from './gateway.ts'
import { until } from './process.ts'

export const owner = 'o9Owner@im.wechat'
export const absent = 'o9Absent@im.wechat'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

export interface ProgramsStage {
  readonly backend: Backend
  readonly home: GatewayHome
  readonly botId: string
  readonly gateway: () => RunningGateway
  readonly url: () => string
  readonly restart: () => Promise<void>
  /** `moltbot tokens create`. */
  readonly token: (...args: string[]) => Promise<string>
  readonly post: (
    token: string,
    body: unknown,
    path?: string,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly get: (token: string, path: string) => Promise<Answer>
  /** Texts that the bot has sent to the owner. */
  readonly replies: () => Promise<string[]>
  /** The owner writes, so that more can be sent to them. */
  readonly ownerWrites: () => Promise<void>
  /** As it was written. */
  readonly config: () => Promise<object>
  readonly close: () => Promise<void>
}

export async function openPrograms(more: object = {}): Promise<ProgramsStage> {
  const backend = await startBackend()
  const base = configOf(backend, 'http://127.0.0.1:9/v1', { alpha: { allowFrom: [absent] } })
  const targets = {
    ops: { person: owner },
    oncall: { account: 'alpha', person: absent },
    ghost: { account: 'nobody', person: owner },
    stranger: { person: 'o9Stranger@im.wechat' },
  }
  const config = { ...base, agents: { defaults: { model: 'builtin/echo' } }, targets, ...more }
  const home = new GatewayHome(config)
  let gateway = await home.startReady()
  const { url: qr } = await gateway.line({ event: 'account.qr', accountId: 'alpha' })
  const { botId } = await backend.scanAndConfirm(String(qr), owner)
  await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
  const url = () => String(gateway.lines().find(({ event }) => event === 'gateway.ready')?.url)
  const answerOf = async (response: Response): Promise<Answer> => {
    const body: unknown = JSON.parse((await response.text()) || '{}')
    return { status: response.status, body: Object(body), headers: response.headers }
  }
  let written = 0
  const ownerWrites = async () => {
    const before = (await backend.replies(botId)).length
    await backend.control.inbound({ botId, from: owner, text: `hello ${++written}` })
    await until(async () => (await backend.replies(botId))[before])
  }
  await ownerWrites()
  return {
    ownerWrites,
    backend,
    home,
    botId,
    url,
    gateway: () => gateway,
    restart: async () => {
      await gateway.stop()
      gateway = await home.startReady()
      await gateway.line({ event: 'account.state', accountId: 'alpha', state: 'online' })
    },
    token: async (...args) => {
      const { code, stdout, stderr } = await home.moltbot('tokens', 'create', '--json', ...args)
      if (code !== 0) throw new Error(stderr)
      return JSON.parse(stdout).token
    },
    post: async (token, body, path = '/api/push', headers = {}) => {
      const json =
        typeof body === 'string' || body instanceof FormData ? {} : { 'content-type': 'application/json' }
      const content = typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body)
      const authorization = `Bearer ${token}`
      const init = { method: 'POST', headers: { authorization, ...json, ...headers }, body: content }
      return answerOf(await fetch(url() + path, init))
    },
    get: async (token, path) =>
      answerOf(await fetch(url() + path, { headers: { authorization: `Bearer ${token}` } })),
    replies: async () => (await backend.replies(botId)).slice(1),
    config: async () => config,
    close: async () => {
      await home.dispose()
      await backend.close()
    },
  }
}

/** fetch lets no caller choose `Host` and `Origin`. */
export async function statusFor(
  url: string,
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ readonly status: number | undefined; readonly body: string }> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; body: string }>()
  const sent = request({ hostname, port, path, method, headers }, (response) => {
    text(response).then((body) => resolve({ status: response.statusCode, body }), reject)
  })
  sent.once('error', reject).end()
  return promise
}
