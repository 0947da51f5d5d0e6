/**
 * The gateway's figures for Prometheus. They outlive restarts in process, so that counters only ever grow. The library
 * behind them is loaded when the first thing is counted: start-up does not wait for it.
 */

import type { CountedAccountEvent } from '@moltbot/channel-sdk'
import type { AgentEvent } from '../agent/types.ts'
import type { GatewayStatus } from '../control/status.ts'

/** Whose it is, by ids from the configuration. */
export interface Owner {
  readonly channelId: string
  readonly accountId: string
}

export type CountedEvent = CountedAccountEvent | AgentEvent

export interface MetricsPage {
  readonly contentType: string
  readonly text: string
}

export interface Metrics {
  /** Never throws. */
  count(owner: Owner, event: CountedEvent): void
  /** Everything counted so far, and `status` in figures. */
  page(status: GatewayStatus): Promise<MetricsPage>
}

/** @param onError hears why something was not counted; nothing else suffers from it. */
export function createMetrics(onError: (error: unknown) => void): Metrics {
  let loading: Promise<Metrics> | undefined
  const loaded = () => {
    loading ??= import('./registry.ts').then(({ createRegistry }) => createRegistry())
    return loading
  }
  return {
    count: (owner, event) => {
      loaded()
        .then((metrics) => metrics.count(owner, event))
        .catch(onError)
    },
    page: async (status) => (await loaded()).page(status),
  }
}
