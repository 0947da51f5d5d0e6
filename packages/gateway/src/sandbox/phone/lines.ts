/**
 * The accounts of the sandbox that the phone can write to: those on the simulated iLink, and one with a group, which
 * begins when somebody takes the phone, so that no start waits for it.
 */

import { messageOf } from '@moltbot/channel-sdk'
import type { ControlClient } from 'ilink-simulator'
import type { GatewayStatus } from '../../control/status.ts'
import { GroupLine } from './group-line.ts'
import { IlinkLine } from './ilink-line.ts'
import type { PhoneLine } from './phone-line.ts'

export interface LinesOptions {
  readonly control: ControlClient
  /** Bots that have logged in at the simulator. */
  readonly botIds: ReadonlySet<string>
  readonly status: () => Promise<Pick<GatewayStatus, 'accounts'>>
  /** Undefined where there is no account with a group. */
  readonly group?: {
    readonly accountId: string
    /** Brings the account into the configuration. */
    readonly onReady: (line: GroupLine) => Promise<void>
    readonly onFailed: (reason: string) => void
  }
}

export class Lines {
  readonly #options: LinesOptions
  readonly #ilink = new Map<string, IlinkLine>()
  #group: GroupLine | undefined
  #starting: Promise<void> | undefined
  #isClosed = false

  constructor(options: LinesOptions) {
    this.#options = options
  }

  /** See `FindLines`. */
  async find(): Promise<ReadonlyMap<string, PhoneLine>> {
    this.#starting ??= this.#startGroup()
    const { accounts } = await this.#options.status()
    const found = new Map<string, PhoneLine>()
    for (const { accountId, userId, state } of accounts) {
      const line = state === 'online' ? this.#lineOf(accountId, userId) : undefined
      if (line !== undefined) found.set(accountId, line)
    }
    return found
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#starting
    await this.#group?.close()
  }

  /** @param userId as the account is logged in */
  #lineOf(accountId: string, userId: string | undefined): PhoneLine | undefined {
    if (accountId === this.#options.group?.accountId) return this.#group
    if (userId === undefined || !this.#options.botIds.has(userId)) return undefined
    const line = this.#ilink.get(accountId) ?? new IlinkLine(userId, this.#options.control)
    line.botId = userId
    this.#ilink.set(accountId, line)
    return line
  }

  async #startGroup(): Promise<void> {
    const { group } = this.#options
    if (group === undefined || this.#isClosed) return
    try {
      this.#group = await GroupLine.start()
      if (!this.#isClosed) await group.onReady(this.#group)
    } catch (error) {
      group.onFailed(messageOf(error))
    }
  }
}
