/**
 * What the gateway's figures are made of, and how they are asked for.
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
