/**
 * What a running gateway reports about itself, gathered from its parts.
 */

import type { DiskBudget } from '@moltbot/channel-sdk'
import { type GatewayStatus, reportOn } from './control/status.ts'
import { filesUsage } from './files/usage.ts'
import { describeProxies } from './network/proxy.ts'
import type { Service } from './service.ts'
import type { Settings } from './settings.ts'

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
  const accounts = (listed?.accounts ?? []).map((account) => reportOn(account))
  const problems = [
    ...(listed?.problems ?? []),
    ...accounts.flatMap(({ problem }) => problem ?? []),
    ...(service?.toolbox.clashes() ?? []),
    service?.modelHealth.problem ?? [],
    writeProblem ?? [],
    storeProblem ?? [],
  ].flat()
  const { path, agent } = settings
  const proxy = describeProxies(settings.proxies)
  return {
    ...own,
    healthy: own.phase === 'running' && problems.length === 0,
    problems,
    warnings: [...warnings, ...(service?.agent.warnings() ?? [])],
    config: { path, ...(reloadError === undefined ? {} : { reloadError }) },
    ...(agent.model === undefined ? {} : { model: agent.model }),
    ...(proxy === undefined ? {} : { proxy }),
    accounts,
    ...(channels?.defaultAccountId && { defaultAccountId: channels.defaultAccountId }),
    pairing: { pending: (await service?.pairing.list())?.pending.length ?? 0 },
    setAside: service?.setAside ?? 0,
    files: filesUsage(disk),
  }
}
