/**
 * The command line's side of the control plane. Finds the gateway by its state directory, and imports little: every
 * command waits for this file.
 */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { RouteAnswer, RouteInput, RouteName } from '../api/routes.ts'
import { english } from '../language/speech.ts'
import type { PushAnswer } from '../push/push-desk.ts'
import { readControlToken } from '../state/control-token.ts'
import { readGatewayFile } from '../state/gateway-file.ts'
import { checkOwnFolder, sandboxDir } from '../state/state-dir.ts'
import { isProof } from './proof.ts'

/** What a route needs to be given, as an argument that may be left out where it needs nothing. */
type Given<Name extends RouteName> =
  Record<never, never> extends RouteInput<Name> ? [input?: RouteInput<Name>] : [input: RouteInput<Name>]

export interface GatewayClient {
  readonly pid: number
  readonly url: string
  /** @throws `gateway-unreachable`, or what the gateway says, with its code. */
  call<Name extends RouteName>(name: Name, ...given: Given<Name>): Promise<RouteAnswer<Name>>
  /** @param form the fields of the push API @throws as `call` does */
  push(form: FormData): Promise<PushAnswer>
  /** Passes a message to the MCP server. @returns its answer; undefined where it has none @throws as `call` does */
  mcp(path: string, message: object): Promise<unknown>
}

const requestTimeoutMs = 15_000
const nonceBytes = 32

/** @throws `gateway-unreachable` when no gateway has left its address in `stateDir`; `state-dir-unsafe` */
export function connectGateway(stateDir: string): GatewayClient {
  if (existsSync(stateDir)) checkOwnFolder(stateDir)
  const info = readGatewayFile(stateDir)
  const token = readControlToken(stateDir)
  if (info === undefined || token === undefined) throw unreachable(stateDir)
  const gateway = { url: info.url, token, stateDir }
  let proven: Promise<void> | undefined
  const whenProven = () => {
    proven ??= requireProof(gateway)
    return proven
  }
  return {
    pid: info.pid,
    url: info.url,
    call: async (name, ...[input]) => {
      await whenProven()
      return ask(gateway, name, input)
    },
    push: async (form) => {
      await whenProven()
      const { pushAnswer } = await import('../api/push-routes.ts')
      return pushAnswer.parse(await post(gateway, '/api/push', form))
    },
    mcp: async (path, message) => {
      await whenProven()
      const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
      return post(gateway, path, JSON.stringify(message), headers)
    },
  }
}

function post(
  { url, token, stateDir }: Gateway,
  path: string,
  body: FormData | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const authorized = { ...headers, authorization: `Bearer ${token}` }
  return request(new URL(path, url), { method: 'POST', headers: authorized, body }, stateDir)
}

interface Gateway {
  readonly url: string
  readonly token: string
  readonly stateDir: string
}

/** The schemas are loaded only where there is a gateway to ask. */
async function ask<Name extends RouteName>(
  { url, token, stateDir }: Gateway,
  name: Name,
  input: object = {},
): Promise<RouteAnswer<Name>> {
  const { routes } = await import('../api/routes.ts')
  const { method, path, answer } = routes[name]
  const address = new URL(path, url)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  if (method === 'GET')
    for (const [key, value] of Object.entries(input))
      if (value !== undefined) address.searchParams.set(key, String(value))
  const body = method === 'GET' ? {} : { body: JSON.stringify(input) }
  return answer.parse(await request(address, { method, headers, ...body }, stateDir))
}

/** @throws `gateway-unreachable` where another program has the port by now */
async function requireProof({ url, token, stateDir }: Gateway): Promise<void> {
  const nonce = randomBytes(nonceBytes).toString('base64url')
  const address = new URL('/healthz', url)
  address.searchParams.set('nonce', nonce)
  const answer = await request(address, {}, stateDir)
  const proof = typeof answer === 'object' && answer !== null && 'proof' in answer ? answer.proof : undefined
  if (!isProof(proof, token, Number(address.port), nonce)) throw unreachable(stateDir)
}

async function request(url: URL, init: RequestInit, stateDir: string): Promise<unknown> {
  const signal = AbortSignal.timeout(requestTimeoutMs)
  const response = await fetch(url, { ...init, signal }).catch((cause: unknown) => {
    throw unreachable(stateDir, cause)
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer
  throw refusal(answer) ?? unreachable(stateDir)
}

function unreachable(stateDir: string, cause?: unknown): MoltbotError {
  const late = cause instanceof Error && cause.name === 'TimeoutError'
  const message = late
    ? english('the gateway on {folder} does not respond', { folder: stateDir })
    : english('no gateway is running on {folder}; {advice}', { folder: stateDir, advice: whatToDo(stateDir) })
  return new MoltbotError('gateway-unreachable', message, { cause })
}

/** The sandbox is a gateway on a folder of its own, so that nothing that is meant for it meets a real account. */
function whatToDo(stateDir: string): string {
  const sandbox = sandboxDir(stateDir)
  return readGatewayFile(sandbox) === undefined
    ? english('start one with: moltbot gateway run')
    : english('to reach the sandbox set MOLTBOT_STATE_DIR={sandbox}', { sandbox })
}

function refusal(answer: unknown): MoltbotError | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined
  const { error } = answer
  if (typeof error !== 'object' || error === null || !('code' in error && 'message' in error))
    return undefined
  return new MoltbotError(String(error.code), String(error.message))
}
