/**
 * The command line's side of the control plane. Finds the gateway by its state directory, and imports little: every
 * command waits for this file.
 */

import { existsSync } from 'node:fs'
import { MoltbotError } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'
import { readControlToken } from '../state/control-token.ts'
import { readGatewayFile } from '../state/gateway-file.ts'
import { checkOwnFolder, sandboxDir } from '../state/state-dir.ts'

export interface GatewayClient {
  readonly pid: number
  readonly url: string
  /** @throws `gateway-unreachable`, or what the gateway says, with its code. */
  get(path: string): Promise<unknown>
  post(path: string, body?: object): Promise<unknown>
}

const requestTimeoutMs = 15_000

/** @throws `gateway-unreachable` when no gateway has left its address in `stateDir`; `state-dir-unsafe` */
export function connectGateway(stateDir: string): GatewayClient {
  if (existsSync(stateDir)) checkOwnFolder(stateDir)
  const info = readGatewayFile(stateDir)
  const token = readControlToken(stateDir)
  if (info === undefined || token === undefined) throw unreachable(stateDir)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const call = (path: string, init: RequestInit) =>
    request(new URL(path, info.url), { ...init, headers }, stateDir)
  return {
    pid: info.pid,
    url: info.url,
    get: (path) => call(path, {}),
    post: (path, body = {}) => call(path, { method: 'POST', body: JSON.stringify(body) }),
  }
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

/** A wrong token means that another program has the port by now. */
function refusal(answer: unknown): MoltbotError | undefined {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return undefined
  const { error } = answer
  if (typeof error !== 'object' || error === null || !('code' in error && 'message' in error))
    return undefined
  if (error.code === 'token-wrong') return undefined
  return new MoltbotError(String(error.code), String(error.message))
}
