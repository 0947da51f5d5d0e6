/**
 * The state of one account as people see it: what, since when, why, and what they can do.
 */

import { type AccountState, type AccountStatus, codeOf, type NextAction } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import { describeError, secretsIn, withoutSecrets } from '../puppets/errors.ts'

export interface StatusChange {
  readonly state: Exclude<AccountState, 'degraded'>
  readonly reason: string
  readonly code?: string
  /** The bot's own id, once known. */
  readonly userId?: string
  /** The text of the QR code to scan. */
  readonly qr?: string
  /** Where it is not the state's usual one. */
  readonly nextAction?: NextAction
}

const usualAction: Readonly<Record<AccountState, NextAction>> = {
  idle: 'none',
  starting: 'wait',
  scan: 'scan',
  online: 'none',
  reconnecting: 'wait',
  degraded: 'wait',
  'logged-out': 'scan',
  failed: 'fix-config',
  disabled: 'none',
}

export interface StatusOptions {
  readonly account: ResolvedAccount
  /** Called with each status that differs in what people read. */
  readonly onStatus: (status: AccountStatus) => void
  readonly now: () => number
}

/** What keeps a connected account from doing all of its work. */
interface Impairment {
  readonly reason: string
  readonly code: string
}

/** Of an account that has not run yet. */
export function initialStatus(account: ResolvedAccount, nowMs: number): AccountStatus {
  return statusOf(account, initialChange(account), nowMs)
}

function initialChange({ enabled }: ResolvedAccount): StatusChange {
  return enabled
    ? { state: 'idle', reason: 'not started' }
    : { state: 'disabled', reason: 'enabled is false' }
}

export class Status {
  readonly #options: StatusOptions
  /** Values of the configuration that no reason may show. */
  readonly #secrets: readonly string[]
  #current: AccountStatus
  /** The connection's part of it. */
  #change: StatusChange
  #storeFailure: Impairment | undefined
  #receiveFailure: Impairment | undefined
  #silence: Impairment | undefined

  constructor(options: StatusOptions) {
    const { account, now } = options
    this.#options = options
    this.#secrets = secretsIn(account.puppetOptions)
    this.#change = initialChange(account)
    this.#current = statusOf(account, this.#change, now())
  }

  get current(): AccountStatus {
    return this.#current
  }

  /** Logged in, whether or not the account can do its work. */
  get isOnline(): boolean {
    return this.#change.state === 'online'
  }

  change(change: StatusChange): void {
    this.#change = change
    this.#show()
  }

  /** Messages cannot be stored; undefined: they can again. It shows while the account is connected. */
  storeFails(failure: unknown): void {
    this.#storeFailure = impairmentBy(failure, 'received messages cannot be stored', 'store-failed')
    this.#show()
  }

  /** The backend answers, and messages cannot be received; undefined: they can. It shows as `storeFails` does. */
  receivingFails(failure: unknown): void {
    if (failure === this.#receiveFailure) return // As with nearly every heartbeat: it can receive.
    this.#receiveFailure = impairmentBy(failure, 'messages cannot be received', 'receive-failed')
    this.#show()
  }

  /** The backend accepts what is sent and confirms nothing; false: it confirms again. It shows as `storeFails` does. */
  sendsUnconfirmed(isSilent: boolean): void {
    this.#silence = isSilent ? silence : undefined
    this.#show()
  }

  #show(): void {
    const { account, onStatus, now } = this.#options
    const before = this.#current
    const impairment = this.#storeFailure ?? this.#receiveFailure ?? this.#silence
    const shown = this.isOnline && impairment ? this.#degraded(impairment) : this.#change
    const redacted = { ...shown, reason: withoutSecrets(shown.reason, this.#secrets) }
    const sinceMs = shown.state === before.state ? before.sinceMs : now()
    this.#current = statusOf(account, redacted, sinceMs)
    const { state, reason, qr } = this.#current
    if (before.state !== state || before.reason !== reason || before.qr !== qr) onStatus(this.#current)
  }

  #degraded(impairment: Impairment) {
    const { userId } = this.#change
    return { state: 'degraded', ...impairment, ...(userId !== undefined && { userId }) } as const
  }
}

function impairmentBy(failure: unknown, what: string, usualCode: string): Impairment | undefined {
  if (failure === undefined) return undefined
  const code = codeOf(failure)
  return { reason: `${what}: ${describeError(failure)}`, code: code === 'unknown' ? usualCode : code }
}

const silence: Impairment = {
  reason:
    'the backend accepts messages without confirming them, and they probably do not arrive; sending continues. If it lasts, log out and log in again',
  code: 'sends-unconfirmed',
}

type Shown = Omit<StatusChange, 'state'> & { readonly state: AccountState }

function statusOf(account: ResolvedAccount, shown: Shown, sinceMs: number): AccountStatus {
  return {
    accountId: account.id,
    ...(account.name !== undefined && { name: account.name }),
    puppet: account.puppet,
    sinceMs,
    nextAction: usualAction[shown.state],
    ...shown,
  }
}
