/**
 * `channels login`: shows the QR code of an account, asks for the digits when the phone wants them, and waits.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { MoltbotError } from '@moltbot/channel-sdk'
import { connectGateway, type GatewayClient } from '../control/client.ts'
import { printable } from '../printable.ts'
import { type AccountView, statusView } from './status-view.ts'

export interface LoginOptions {
  readonly account?: string
  /** Seconds. */
  readonly timeout: number
}

export interface Terminal {
  write(text: string): void
  /** Resolves with the line that was typed; rejects when `signal` aborts. */
  ask(question: string, signal: AbortSignal): Promise<string>
}

const pollEveryMs = 250
/** What the person at the terminal can do about it is not here. */
const finalStates = new Set(['failed', 'disabled'])

/**
 * Returns when the account is online.
 * @throws `account-needed`, `account-unknown`, `login-failed` with the account's reason, `timeout`.
 */
export async function logIn(stateDir: string, options: LoginOptions, terminal: Terminal): Promise<undefined> {
  const gateway = connectGateway(stateDir)
  const deadlineMs = performance.now() + options.timeout * 1_000
  let shown: AccountView | undefined
  while (performance.now() < deadlineMs) {
    const account = await accountOf(gateway, options.account)
    if (account.state === 'online') {
      terminal.write(`Account ${account.accountId} is logged in.`)
      return
    }
    if (finalStates.has(account.state)) {
      throw new MoltbotError(
        'login-failed',
        `account ${account.accountId} is ${account.state}: ${account.reason}`,
      )
    }
    await showNews(account, shown, terminal)
    if (account.nextAction === 'enter-code') await enterCode(gateway, account, options.account, terminal)
    shown = account
    await sleep(pollEveryMs)
  }
  throw new MoltbotError('timeout', `no login within ${options.timeout} s; the gateway keeps waiting`)
}

async function accountOf(gateway: GatewayClient, wanted: string | undefined): Promise<AccountView> {
  const { accounts, defaultAccountId } = statusView.parse(await gateway.get('/api/status'))
  const id = wanted ?? defaultAccountId
  const [first, second] = accounts.filter(({ accountId }) => id === undefined || accountId === id)
  const names = accounts.map(({ accountId }) => accountId).join(', ') || 'none'
  if (first === undefined) throw new MoltbotError('account-unknown', `no such account; there is: ${names}`)
  if (second !== undefined)
    throw new MoltbotError('account-needed', `say which account with --account: ${names}`)
  return first
}

async function showNews(
  account: AccountView,
  shown: AccountView | undefined,
  terminal: Terminal,
): Promise<void> {
  if (account.qr !== undefined && account.qr !== shown?.qr) {
    const { renderUnicodeCompact } = await import('uqr')
    terminal.write(renderUnicodeCompact(account.qr, { border: 2 }))
    terminal.write(printable(account.qr))
  }
  if (account.reason !== shown?.reason) terminal.write(printable(`${account.accountId}: ${account.reason}`))
}

/** The question ends when the phone no longer waits for the answer. */
async function enterCode(
  gateway: GatewayClient,
  { accountId }: AccountView,
  wanted: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const over = new AbortController()
  const watch = setInterval(() => {
    accountOf(gateway, wanted)
      .then(({ nextAction }) => nextAction === 'enter-code' || over.abort())
      .catch(() => over.abort())
  }, pollEveryMs)
  try {
    const code = (await terminal.ask('Digits: ', over.signal)).trim()
    await gateway.post('/api/channels/verify-code', { accountId, code })
  } catch (error) {
    if (!over.signal.aborted) terminal.write(error instanceof Error ? error.message : String(error))
  } finally {
    clearInterval(watch)
  }
}
