/**
 * What the gateway tells about itself: to the CLI, to scripts (`gateway status --json`) and to dashboards.
 */

import type { AccountSnapshot } from '@moltbot/channel-sdk'
import type { ClusterView } from '../cluster/cluster-view.ts'
import type { FilesUsage } from '../files/usage.ts'

export type GatewayPhase = 'starting' | 'running' | 'restarting' | 'stopping'

export interface GatewayStatus {
  readonly version: string
  readonly pid: number
  readonly url: string
  readonly stateDir: string
  /** ISO 8601; of the process, whatever restarted inside it. */
  readonly startedAt: string
  readonly phase: GatewayPhase
  /** Running, and nothing in `problems`. */
  readonly healthy: boolean
  /** What a person has to do something about, one sentence each. */
  readonly problems: readonly string[]
  /** What is legal and probably not meant, one sentence each. */
  readonly warnings: readonly string[]
  readonly config: {
    /** The file in use. */
    readonly path: string
    /** Why the last reload was refused; the configuration before it is still in use. */
    readonly reloadError?: string
  }
  /** `provider/model`, where one is configured. */
  readonly model?: string
  /** The proxy of requests to the outside, where there is one, and what does without it. */
  readonly proxy?: string
  readonly accounts: readonly AccountReport[]
  /** Where several gateways share the accounts. */
  readonly cluster?: ClusterView
  /** The account of a command that names none. */
  readonly defaultAccountId?: string
  /** `pending` is absent while the database cannot be read. */
  readonly pairing: { readonly pending?: number }
  /** Rows of sessions and pairing that could not be read since the last start or restart; the log has each. */
  readonly setAside: number
  readonly files: FilesUsage
  /** It is a sandbox, whose dashboard has a phone. */
  readonly hasPhone?: true
  /** Restarts inside the process, and unhandled errors, since `startedAt`. */
  readonly restarts: number
  readonly unhandledErrors: number
}

export interface ChannelAccount extends AccountSnapshot {
  readonly channel: string
}

export interface AccountReport extends ChannelAccount {
  /** The name of the gateway that serves it, where several share the accounts. */
  readonly gateway?: string
  /** Why a person is needed, when one is. */
  readonly problem?: string
}

/** A start that takes longer is a problem, although it goes on. */
const longStartMs = 60_000

/** @param nowMs since the epoch */
export function reportOn(account: AccountReport, nowMs = Date.now()): AccountReport {
  const problem = accountProblem(account, nowMs)
  return problem === undefined ? account : { ...account, problem }
}

/** The sentence about an account that does not work now, undefined for one that does. */
export function accountProblem(account: ChannelAccount, nowMs = Date.now()): string | undefined {
  const { channel, accountId, state, reason, nextAction } = account
  if (!isFine(account, nowMs))
    return `${channel} account ${accountId} is ${state}: ${reason}${inBrackets(adviceFor(nextAction))}`
  return undefined
}

/** Online, off because the operator wants it, or about to be online. */
function isFine({ state, sinceMs }: ChannelAccount, nowMs: number): boolean {
  return state === 'online' || state === 'disabled' || (state === 'starting' && nowMs - sinceMs < longStartMs)
}

const inBrackets = (advice: string | undefined) => (advice === undefined ? '' : ` (${advice})`)

/** What a person can do, undefined where nothing is to be done. */
export function adviceFor(action: AccountSnapshot['nextAction']): string | undefined {
  switch (action) {
    case 'scan':
      return 'scan the QR code'
    case 'enter-code':
      return 'enter the digits with: moltbot channels login'
    case 'fix-config':
      return 'correct the configuration'
    case 'wait':
    case 'none':
      return undefined
  }
}
