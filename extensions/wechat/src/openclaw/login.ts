/**
 * Logging in by QR code: for the control UI in the gateway, and for `openclaw channels login`, which runs in a process of
 * its own. That process must not run an account beside the gateway, so where the gateway runs it only shows what the
 * gateway writes down.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type AccountStatus, codeOf, drawModules, pause } from '@moltbot/channel-sdk'
import { encode, renderSVG } from 'uqr'
import type { LoginAnswer, Terminal } from './host-api.ts'

const loginTimeoutMs = 5 * 60_000
const pollMs = 500

export type LoginStatus = Pick<AccountStatus, 'state' | 'reason' | 'qr' | 'nextAction'>

/** What the gateway's process writes for other processes of the same user. */
export class LoginFile {
  readonly #file: string
  #accounts: Record<string, LoginStatus> = {}

  constructor(file: string) {
    this.#file = file
  }

  write(accountId: string, { state, reason, qr, nextAction }: LoginStatus): void {
    this.#accounts = { ...this.#accounts, [accountId]: { state, reason, nextAction, ...(qr && { qr }) } }
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#accounts), { mode: 0o600 })
    renameSync(`${this.#file}.new`, this.#file)
  }

  read(accountId: string): LoginStatus | undefined {
    try {
      const accounts: Record<string, LoginStatus> = JSON.parse(readFileSync(this.#file, 'utf8'))
      return accounts[accountId]
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}

/** Shows each code until a person has scanned one. @throws when that takes longer than {@link loginTimeoutMs} */
export async function showLogin(status: () => LoginStatus | undefined, terminal: Terminal): Promise<void> {
  const endMs = performance.now() + loginTimeoutMs
  let shown: string | undefined
  while (performance.now() < endMs) {
    const { state, reason, qr } = status() ?? {}
    if (state === 'online') return terminal.log('Logged in.')
    if (state === 'failed') throw new Error(`The account cannot log in: ${reason}`)
    if (qr !== undefined && qr !== shown) {
      terminal.log(`Scan this code with WeChat:\n${drawModules(encode(qr, { border: 2 }).data)}\n${qr}`)
      shown = qr
    }
    await pause(pollMs)
  }
  throw new Error('Nobody scanned the code within 5 minutes.')
}

export function loginAnswer(status: LoginStatus | undefined): LoginAnswer {
  if (status === undefined)
    return { connected: false, message: 'The account is not running; enable it first.' }
  const { state, reason, qr } = status
  if (state === 'online') return { connected: true, message: 'Logged in.' }
  if (qr === undefined) return { connected: false, message: `The account is ${state}: ${reason}` }
  const svg = Buffer.from(renderSVG(qr, { border: 2 })).toString('base64')
  return {
    connected: false,
    message: 'Scan this code with WeChat.',
    qrDataUrl: `data:image/svg+xml;base64,${svg}`,
  }
}
