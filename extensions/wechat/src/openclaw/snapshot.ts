/**
 * An account as `openclaw channels status` and the control UI show it.
 */

import type { AccountStatus } from '@moltbot/channel-sdk'
import type { HostAccount, HostSnapshot } from './host-plugin.ts'

const lifecycles = {
  idle: 'stopped',
  starting: 'starting',
  scan: 'blocked',
  online: 'ready',
  degraded: 'ready',
  reconnecting: 'recovering',
  'logged-out': 'blocked',
  failed: 'blocked',
  disabled: 'stopped',
} as const

/** @param status of an account that runs in this process */
export function hostSnapshot(account: HostAccount, status: AccountStatus | undefined): HostSnapshot {
  const { accountId, enabled, problem, dmPolicy, name } = account
  const { state = 'idle', reason } = status ?? {}
  const isOnline = state === 'online' || state === 'degraded'
  const isRunning = status !== undefined && state !== 'idle' && state !== 'disabled'
  return {
    accountId,
    enabled,
    // One that runs although its configuration is invalid does so with the one before.
    configured: problem === undefined || isRunning,
    running: isRunning,
    connected: isOnline,
    statusState: state,
    lastError: lastError(problem, isRunning) ?? (isOnline || state === 'starting' ? null : (reason ?? null)),
    lifecycle: lifecycles[state],
    ...(reason !== undefined && { stateReason: reason }),
    ...(name !== undefined && { name }),
    ...(dmPolicy !== undefined && { dmPolicy }),
    ...(status !== undefined && { mode: status.puppet }),
  }
}

function lastError(problem: string | undefined, isRunning: boolean): string | undefined {
  if (problem === undefined || !isRunning) return problem
  return `${problem}; the account runs with its last valid configuration`
}
