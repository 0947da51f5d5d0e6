/**
 * What a running gateway reports about itself, gathered from its parts.
 */

import { type DiskBudget, withDeadline } from '@moltbot/channel-sdk'
import type { Cluster } from './cluster/cluster.ts'
import { keyOf } from './cluster/key.ts'
import { type AccountReport, type ChannelAccount, type GatewayStatus, reportOn } from './control/status.ts'
import { filesUsage } from './files/usage.ts'
import { describeProxies } from './network/proxy.ts'
import type { Service } from './service.ts'
import type { Settings } from './settings.ts'

const pairingTimeoutMs = 2_000

type OwnFacts =
  | 'version'
  | 'pid'
  | 'url'
  | 'startedAt'
  | 'stateDir'
  | 'phase'
  | 'hasPhone'
  | 'restarts'
  | 'unhandledErrors'

export interface GatewayParts extends Pick<GatewayStatus, OwnFacts> {
  readonly settings: Settings
  /** Absent while it starts, restarts or stops. */
  readonly service: Service | undefined
  readonly disk: DiskBudget
  /** Of process and configuration. */
  readonly warnings: readonly string[]
  readonly reloadError: string | undefined
  /** Why the state directory cannot be written. */
  readonly writeProblem: string | undefined
  /** Why nothing can be stored in the database. */
  readonly storeProblem: string | undefined
}

export async function gatewayStatus({
  settings,
  service,
  disk,
  warnings,
  reloadError,
  writeProblem,
  storeProblem,
  ...own
}: GatewayParts): Promise<GatewayStatus> {
  const channels = service?.channels
  const listed = await channels?.accounts()
  const cluster = service?.cluster
  const shown = await shownBy(cluster, listed?.accounts ?? [])
  const accounts = shown.map((account) => reportOn(account))
  const view = cluster?.view()
  const problems = [
    ...(listed?.problems ?? []),
    ...accounts.flatMap(({ problem }) => problem ?? []),
    ...(service?.toolbox.clashes() ?? []),
    service?.modelHealth.problem ?? [],
    writeProblem ?? [],
    storeProblem ?? [],
    view?.problems ?? [],
  ].flat()
  const { path, agent, database } = settings
  const proxy = describeProxies(settings.proxies)
  // The driver's parser is loaded only where there is a database.
  const place = database && (await import('./postgres/options.ts')).placeOf(database)
  return {
    ...own,
    ...(place === undefined ? {} : { database: place }),
    healthy: own.phase === 'running' && problems.length === 0,
    problems,
    warnings: [...warnings, ...(service?.agent.warnings() ?? [])],
    config: { path, ...(reloadError === undefined ? {} : { reloadError }) },
    ...(agent.model === undefined ? {} : { model: agent.model }),
    ...(proxy === undefined ? {} : { proxy }),
    accounts,
    ...(view === undefined ? {} : { cluster: view }),
    ...(channels?.defaultAccountId && { defaultAccountId: channels.defaultAccountId }),
    pairing: await pendingPairing(service),
    setAside: service?.setAside ?? 0,
    files: filesUsage(disk),
  }
}

/** A database that cannot be read is among the problems already. */
async function pendingPairing(service: Service | undefined): Promise<GatewayStatus['pairing']> {
  if (service === undefined) return { pending: 0 }
  try {
    const { pending } = await withDeadline(() => service.pairing.list(), { ms: pairingTimeoutMs })
    return { pending: pending.length }
  } catch {
    return {}
  }
}

/** Accounts as the gateways that serve them see them. */
async function shownBy(
  cluster: Cluster | undefined,
  accounts: readonly ChannelAccount[],
): Promise<readonly AccountReport[]> {
  if (cluster === undefined) return accounts
  const statuses = await cluster.statuses()
  return accounts.map((account) => {
    const { channel, accountId, state } = account
    const holder = cluster.holderOf(channel, accountId)
    if (holder === undefined) return state === 'disabled' ? account : { ...account, reason: unserved }
    const { name: _, ...status } = statuses.get(keyOf(channel, accountId)) ?? {}
    return { ...account, ...(!holder.isThis && status), gateway: holder.name }
  })
}

const unserved = 'no gateway serves it at present'
