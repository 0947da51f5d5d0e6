/**
 * The log lines of accounts' states and QR codes. An account that nobody scans shows a new code every minute or so, for
 * days: it is drawn once, then its link is logged a few times, then once an hour.
 */

import type { AccountEvent, AccountStatus, Logger } from '@moltbot/channel-sdk'

type QrEvent = Extract<AccountEvent, { type: 'qr' }>

/** So many codes that nobody scanned are logged, the first one as a drawing. */
const maxInARow = 5
const laterEveryMs = 60 * 60_000

interface Shown {
  codes: number
  atMs: number
}

export interface AccountLogOptions {
  readonly log: Logger
  /** Does a person read along? */
  readonly drawn: boolean
  /** Milliseconds. */
  readonly now?: () => number
}

export class AccountLog {
  readonly #log: Logger
  readonly #drawn: boolean
  readonly #now: () => number
  /** By account. */
  readonly #lastState = new Map<string, string>()
  readonly #shown = new Map<string, Shown>()

  constructor({ log, drawn, now = () => performance.now() }: AccountLogOptions) {
    this.#log = log
    this.#drawn = drawn
    this.#now = now
  }

  /** A status that differs in its QR code only is not logged. */
  state({ accountId, state, reason, code, nextAction }: AccountStatus): void {
    const said = `${state} ${reason}`
    if (this.#lastState.get(accountId) === said) return
    this.#lastState.set(accountId, said)
    if (state !== 'scan' && state !== 'starting') this.#shown.delete(accountId)
    const fields = { event: 'account.state', accountId, state, reason, ...(code && { code }), nextAction }
    this.#log[levelOf(state)](fields, `Account ${stateTexts[state]}`)
  }

  qr({ accountId, url, terminal }: QrEvent): void {
    const { codes, atMs } = this.#shown.get(accountId) ?? { codes: 0, atMs: 0 }
    const nowMs = this.#now()
    if (codes >= maxInARow && nowMs - atMs < laterEveryMs) return
    this.#shown.set(accountId, { codes: codes + 1, atMs: nowMs })
    const drawing = this.#drawn && codes === 0 && terminal !== undefined ? { terminal } : {}
    const message =
      codes < maxInARow
        ? 'Scan this code with WeChat to log in'
        : 'No user has scanned a code; the command "channels login" shows the current one'
    this.#log.info({ event: 'account.qr', accountId, url, ...drawing }, message)
  }
}

const stateTexts = {
  idle: 'is not running',
  starting: 'is starting',
  scan: 'is not logged in',
  online: 'is online',
  reconnecting: 'is reconnecting',
  degraded: 'is degraded',
  'logged-out': 'was logged out',
  failed: 'has failed',
  disabled: 'is disabled',
} as const satisfies Record<AccountStatus['state'], string>

function levelOf(state: AccountStatus['state']): 'info' | 'warn' | 'error' {
  if (state === 'failed') return 'error'
  return state === 'degraded' || state === 'logged-out' || state === 'reconnecting' ? 'warn' : 'info'
}
