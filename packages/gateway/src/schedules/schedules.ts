/**
 * The schedules of a running gateway: store, runner, what chats and the operator do with them.
 */

import { randomUUID } from 'node:crypto'
import { type Logger, messageOf, withDeadline } from '@moltbot/channel-sdk'
import type { Agent } from '../agent/types.ts'
import type { SchedulesConfig } from '../config/schedules-schema.ts'
import type { Channels } from '../host/channels.ts'
import { machineTimeZone } from '../time-zone.ts'
import { ChatSchedules } from './chat-schedules.ts'
import { configuredSchedules } from './configured.ts'
import { ScheduleRunner } from './runner.ts'
import type { ScheduleStore } from './schedule.ts'
import { ScheduleDesk } from './schedule-desk.ts'

export interface SchedulesOptions {
  readonly store: ScheduleStore
  /** See `RunnerOptions`. */
  readonly elsewhere?: () => readonly string[]
  readonly config: () => SchedulesConfig
  readonly turnTimeoutMs: () => number
  /** The channels, as soon as they are open. */
  readonly channels: () => Pick<
    Channels,
    'forecast' | 'send' | 'outcome' | 'explain' | 'account' | 'defaultAccountId'
  >
  readonly runTurn: Agent['runTurn']
  readonly now: () => number
  readonly log: Logger
}

export class Schedules {
  readonly chat: ChatSchedules
  readonly desk: ScheduleDesk
  readonly runner: ScheduleRunner
  readonly #options: SchedulesOptions
  readonly #store: ScheduleStore

  constructor(options: SchedulesOptions) {
    const { store, elsewhere, config, channels, now, log, turnTimeoutMs, runTurn } = options
    this.#options = options
    this.#store = store
    const onChange = () => this.runner.look()
    this.runner = new ScheduleRunner({
      store,
      ...(elsewhere && { elsewhere }),
      config,
      turnTimeoutMs,
      owner: randomUUID(),
      now,
      log,
      ports: {
        forecast: (query) => channels().forecast(query),
        send: (order) => channels().send(order),
        outcome: (accountId, id) => channels().outcome(accountId, id),
        explain: (order) => channels().explain(order),
        channelOf: async (accountId) => (await channels().account(accountId)).channel,
        runTurn,
      },
    })
    this.chat = new ChatSchedules({
      store,
      config,
      forecast: (query) => channels().forecast(query),
      onChange,
      now,
    })
    this.desk = new ScheduleDesk({ store, onChange, catchUp: () => this.runner.catchUp(), now })
  }

  /** Takes those of the configuration. Never rejects. */
  async configure(): Promise<void> {
    const { config, channels, now, log } = this.#options
    const wanted = configuredSchedules(config(), {
      defaultAccountId: channels().defaultAccountId,
      machineTimeZone: machineTimeZone(new Date(now())),
      nowMs: now(),
    })
    await this.#store.putConfigured(wanted).catch((error: unknown) => {
      log.error({ error: messageOf(error) }, 'The schedules of the configuration could not be stored')
    })
    this.runner.look()
  }

  /** This gateway serves the account from now on. Never rejects. */
  async served(accountId: string): Promise<void> {
    await this.runner.takeOver(accountId).catch((error: unknown) => {
      this.#options.log.warn({ accountId, error: messageOf(error) }, 'Claims of schedules end by time')
    })
  }

  /** Resolves in time, whatever an agent or a channel does. */
  async stop(deadlineMs: number): Promise<void> {
    await withDeadline(() => this.runner.stop(), { ms: deadlineMs }).catch(() => undefined)
  }
}
