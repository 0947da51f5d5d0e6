/**
 * Warnings about an account's rules that need facts of the running account: its puppet, the agent's tools, and the ids of
 * senders. Each warning is logged once. The account's snapshot contains the current ones.
 */

import { type Logger, messageOf, type ToolNames } from '@moltbot/channel-sdk'
import { banWarning } from '../config/catalogue.ts'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import { everybody } from '../policy/people.ts'
import type { AccountStore } from '../store/store.ts'
import {
  caseWarnings,
  configuredIds,
  idWarnings,
  type PolicyWarning,
  toolWarnings,
} from './policy-warnings.ts'

export interface AccountWarningsOptions {
  readonly account: ResolvedAccount
  readonly store: Pick<AccountStore, 'lastPuppet' | 'seenIds'>
  /** Undefined if the host does not report its tools. */
  readonly toolNames: (() => Promise<ToolNames>) | undefined
  readonly log: Logger
  readonly now: () => number
}

/** The number of newest messages whose sender ids are compared with the configured ids. */
const maxSeenMessages = 10_000
/** The most spellings of configured ids that are stored. */
const maxSpellings = 1_000
/** The tools change when their servers connect and disconnect. */
const askToolsEveryMs = 60_000
/** A clock that differs less does no harm. */
const clockToleranceMs = 5 * 60_000

export class AccountWarnings {
  readonly #options: AccountWarningsOptions
  /** The configured ids, in lower case. */
  readonly #configured: ReadonlySet<string>
  /** Ids that have sent messages and match a configured id apart from case. */
  readonly #seen = new Set<string>()
  #isPastRead = false
  #ofPuppet: readonly PolicyWarning[] = []
  #ofIds: readonly PolicyWarning[] = []
  #ofCase: readonly PolicyWarning[] = []
  #ofTools: readonly PolicyWarning[] = []
  #ofClock: readonly PolicyWarning[] = []
  #setAsideTurns = 0
  readonly #logged = new Set<string>()
  #toolsAskedMs = Number.NEGATIVE_INFINITY

  constructor(options: AccountWarningsOptions) {
    this.#options = options
    const ids = configuredIds(options.account).filter((id) => id !== everybody)
    this.#configured = new Set(ids.map((id) => id.toLowerCase()))
  }

  /** One sentence for each warning, with its key. */
  get lines(): readonly string[] {
    const all = [this.#ofPuppet, this.#ofIds, this.#ofCase, this.#ofTools, this.#ofClock, this.#ofTurns]
    return all.flat().map(({ path, message }) => `${path.join('.')}: ${message}`)
  }

  /** Warns, until the account is started again, that a turn was not run again. The log has each. */
  addSetAsideTurn(): void {
    this.#setAsideTurns++
  }

  get #ofTurns(): readonly PolicyWarning[] {
    if (this.#setAsideTurns === 0) return []
    return [{ path: ['turns'], message: setAsideWarning(this.#setAsideTurns) }]
  }

  /** Warns about the risks of the puppet, and of a puppet that differs from the last one. Never rejects. */
  async checkPuppet(): Promise<void> {
    const { account, store } = this.#options
    const last = await store.lastPuppet().catch((error: unknown) => this.#logUnread(error))
    const warnings = [banWarning(account.puppet), swapWarning(account.puppet, last)]
    const messages = warnings.filter((message) => message !== undefined)
    this.#ofPuppet = this.#report(messages.map((message) => ({ path: ['puppet'], message })))
  }

  /** Warns about entries that cannot match ids of this puppet or ids of earlier senders. Never rejects. */
  async checkIds(idStability: IdStability): Promise<void> {
    const { account, store } = this.#options
    this.#ofIds = this.#report(idWarnings(account, idStability))
    // Reading earlier ids costs some milliseconds, so it happens once. `see` adds the senders of later messages.
    if (this.#isPastRead || this.#configured.size === 0) return
    this.#isPastRead = true
    const seen = store.seenIds(maxSeenMessages)
    this.see((await seen.catch((error: unknown) => this.#logUnread(error))) ?? [])
  }

  /** Adds the ids of people and groups that have sent a message. Fast for ids that are not configured. */
  see(ids: Iterable<string>): void {
    const before = this.#seen.size
    for (const id of ids) {
      if (this.#seen.size < maxSpellings && this.#configured.has(id.toLowerCase())) this.#seen.add(id)
    }
    if (this.#seen.size > before) this.#ofCase = this.#report(caseWarnings(this.#options.account, this.#seen))
  }

  /** @param offsetMs how far the clock of the backend is ahead of this machine's; undefined if that is not known */
  checkClock(offsetMs: number | undefined): void {
    const isOff = offsetMs !== undefined && Math.abs(offsetMs) >= clockToleranceMs
    // The difference changes by seconds; the warning is about the fact.
    if (isOff === this.#ofClock.length > 0) return
    this.#ofClock = isOff ? this.#report([{ path: ['clock'], message: clockWarning(offsetMs) }]) : []
  }

  /** Asks the host for its tools, at most once a minute. Never rejects. */
  async checkTools(): Promise<void> {
    const { account, toolNames, log, now } = this.#options
    if (toolNames === undefined || now() - this.#toolsAskedMs < askToolsEveryMs) return
    this.#toolsAskedMs = now()
    try {
      this.#ofTools = this.#report(toolWarnings(account, await toolNames()))
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'The list of tools could not be read from the host')
    }
  }

  #logUnread(error: unknown): undefined {
    this.#options.log.error({ error: messageOf(error) }, 'The journal could not be read')
  }

  #report(warnings: readonly PolicyWarning[]): readonly PolicyWarning[] {
    for (const { path, message } of warnings) {
      const key = path.join('.')
      if (this.#logged.has(`${key}: ${message}`)) continue
      this.#logged.add(`${key}: ${message}`)
      this.#options.log.warn({ event: 'config.warning', path: key }, message)
    }
    return warnings
  }
}

function setAsideWarning(turns: number): string {
  return `${turns} ${turns === 1 ? 'turn was' : 'turns were'} under way each time the gateway ended unexpectedly, and not run again (event turn.set-aside in the log); their senders were told`
}

function clockWarning(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000)
  const where = offsetMs > 0 ? 'behind' : 'ahead of'
  return `the clock of this machine is ${minutes} minutes ${where} the backend's; the backend's time is used, but set the clock: certificates, logs and schedules depend on it`
}

/** Ids belong to the backend. Two puppets may use the same backend. */
function swapWarning(puppet: string, last = puppet): string | undefined {
  if (puppet === last) return undefined
  return `the last login used "${last}"; unless both puppets use the same backend, ids from there are not valid here: in approvals, lists, history and queued messages`
}
