/**
 * The states of accounts, which every gateway shows whoever serves them: published by the holder when they change, and read
 * when a person asks.
 */

import type { AccountStatus, Logger } from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import { z } from 'zod'
import type { HoldRows } from './hold-rows.ts'
import type { Holding } from './holding.ts'

export interface ReportsOptions {
  readonly holding: Pick<Holding, 'report'>
  readonly rows: Pick<HoldRows, 'reports'>
  readonly log: Logger
}

const statusSchema: z.ZodType<AccountStatus> = z.object({
  accountId: z.string(),
  name: z.string().exactOptional(),
  puppet: z.string(),
  state: z.enum([
    'idle',
    'starting',
    'scan',
    'online',
    'reconnecting',
    'degraded',
    'logged-out',
    'failed',
    'disabled',
  ]),
  sinceMs: z.number(),
  reason: z.string(),
  code: z.string().exactOptional(),
  nextAction: z.enum(['none', 'scan', 'enter-code', 'fix-config', 'wait']),
  userId: z.string().exactOptional(),
  qr: z.string().exactOptional(),
})

/** Changes within it are one write. */
const gatherMs = 100

export class Reports {
  readonly #options: ReportsOptions
  readonly #waiting = new Map<string, AccountStatus>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: ReportsOptions) {
    this.#options = options
  }

  note(account: string, status: AccountStatus): void {
    this.#waiting.set(account, status)
    this.#timer ??= setTimeout(() => void this.#publish(), gatherMs).unref()
  }

  /** Never rejects. */
  async ofOthers(ownId: string): Promise<ReadonlyMap<string, AccountStatus>> {
    try {
      const rows = await this.#options.rows.reports()
      return new Map(
        rows.flatMap(({ account, gatewayId, status }) => {
          const { data } = statusSchema.safeParse(JSON.parse(status ?? 'null'))
          return gatewayId === null || gatewayId === ownId || data === undefined
            ? []
            : [[account, data] as const]
        }),
      )
    } catch (error) {
      this.#options.log.warn(
        { error: messageOf(error) },
        'States of accounts on other gateways could not be read',
      )
      return new Map()
    }
  }

  async #publish(): Promise<void> {
    this.#timer = undefined
    const statuses = new Map(this.#waiting)
    this.#waiting.clear()
    try {
      await this.#options.holding.report(statuses)
    } catch (error) {
      this.#options.log.warn({ error: messageOf(error) }, 'States of accounts could not be published')
      // What has changed since is newer.
      for (const [account, status] of statuses)
        if (!this.#waiting.has(account)) this.#waiting.set(account, status)
      this.#timer ??= setTimeout(() => void this.#publish(), 10 * gatherMs).unref()
    }
  }
}
