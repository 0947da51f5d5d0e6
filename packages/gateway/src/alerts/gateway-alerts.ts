/**
 * The alerts of a running gateway: what it reports about itself, its outbox and its disk.
 */

import type { Logger } from '@moltbot/channel-sdk'
import type { GatewayStatus } from '../control/status.ts'
import type { Service } from '../service.ts'
import type { Settings } from '../settings.ts'
import { diskProblem, problemsOf, unclearKeys } from './problems.ts'
import { watchForAlerts } from './watch.ts'

export interface GatewayAlerts {
  readonly status: () => Promise<GatewayStatus>
  readonly settings: () => Settings
  /** Undefined while the gateway starts or restarts: nothing is looked at then. */
  readonly service: () => Service | undefined
  /** Why the state directory cannot be written. */
  readonly writeProblem: () => Promise<string | undefined>
  readonly stateDir: string
  readonly log: Logger
  readonly signal: AbortSignal
}

/** Resolves when `signal` has aborted. Never rejects. */
export function alertOperator({
  status,
  settings,
  service,
  writeProblem,
  stateDir,
  log,
  signal,
}: GatewayAlerts): Promise<void> {
  return watchForAlerts({
    config: () => settings().alerts,
    log,
    signal,
    look: async () => {
      const now = await status()
      const running = service()
      // Without its accounts, all of them would seem well.
      if (running === undefined || now.phase !== 'running') return undefined
      const { channels, toolbox, modelHealth } = running
      const waiting = await channels.listOutbox('waiting', undefined)
      const ofKinds = {
        tools: toolbox.clashes(),
        model: [modelHealth.problem ?? []].flat(),
        disk: [(await writeProblem()) ?? []].flat(),
      }
      const found = problemsOf(now, waiting, Date.now(), ofKinds)
      return {
        problems: new Map([...found, ...(await diskProblem(stateDir))]),
        unclear: unclearKeys(now),
      }
    },
    sendAs: async (accountId, to, text) => {
      const channels = service()?.channels
      if (channels === undefined) throw new Error('the gateway is restarting')
      await channels.send({ accountId, to, text, queue: true })
    },
  })
}
