/**
 * The state of one account as people see it: what, since when, why, and what they can do.
 */

import type { AccountState, AccountStatus, NextAction } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'

export interface StatusChange {
  readonly state: AccountState
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
  offline: 'restart',
  'logged-out': 'scan',
  failed: 'fix-config',
  disabled: 'none',
}

export function initialStatus(account: ResolvedAccount, nowMs: number): AccountStatus {
  const change: StatusChange = account.enabled
    ? { state: 'idle', reason: 'not started' }
    : { state: 'disabled', reason: 'enabled is false' }
  return statusAfter(account, change, nowMs)
}

export function statusAfter(account: ResolvedAccount, change: StatusChange, nowMs: number): AccountStatus {
  return {
    accountId: account.id,
    ...(account.name !== undefined && { name: account.name }),
    puppet: account.puppet,
    sinceMs: nowMs,
    nextAction: usualAction[change.state],
    ...change,
  }
}
