/**
 * The alerts of a running gateway: what it reports about itself, its outbox and its disk.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { GatewayStatus } from '../control/status.ts'
import type { Service } from '../service.ts'
import type { Settings } from '../settings.ts'
import { diskProblem, problemsOf } from './problems.ts'
import { watchForAlerts } from './watch.ts'

export interface GatewayAlerts {
  readonly status: () => Promise<GatewayStatus>
  readonly settings: () => Settings
  /** Undefined while the gateway starts or restarts: nothing is looked at then. */
  readonly service: () => Service | undefined
  readonly stateDir: string
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Resolves when `signal` has aborted. Never rejects. */
export function alertOperator({
  status,
  settings,
  service,
  stateDir,
  log,
  signal,
}: GatewayAlerts): Promise<void> {
  return watchForAlerts({
    config: () => settings().alerts,
    log,
    signal,
    problems: async () => {
      const now = await status()
      const waiting = (await service()?.channels.listOutbox('waiting', undefined)) ?? []
      return new Map([...problemsOf(now, waiting, Date.now()), ...(await diskProblem(stateDir))])
    },
    sendAs: async (accountId, to, text) => {
      const channels = service()?.channels
      if (channels === undefined) throw new Error('the gateway is restarting')
      await channels.send({ accountId, to, text, queue: true })
    },
  })
}
