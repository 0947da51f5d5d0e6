/**
 * The traps of an account's rules that show only while it runs: when the puppet, the agent's tools, or the ids of those
 * who write are known. Each is logged once, and all that hold now stand in the account's snapshot.
 */

import { type Logger, messageOf, type ToolNames } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import { everybody } from '../policy/people.ts'
import { banWarning } from '../puppets/catalogue.ts'
import type { AccountStore } from '../store/store.ts'
import { caseWarnings, configuredIds, idWarnings } from './id-warnings.ts'
import { toolWarnings } from './tool-warnings.ts'
import type { PolicyWarning } from './warning.ts'

export interface AccountWarningsOptions {
  readonly account: ResolvedAccount
  readonly store: Pick<AccountStore, 'lastPuppet' | 'seenIds'>
  /** Undefined where the host does not tell. */
  readonly toolNames: (() => Promise<ToolNames>) | undefined
  readonly log: Logger
  readonly now: () => number
}

/** The newest messages whose senders' ids are compared with those of the configuration. */
const maxSeenMessages = 10_000
/** Spellings of configured ids that are remembered. */
const maxSpellings = 1_000
/** Tools come and go with their servers. */
const askToolsEveryMs = 60_000

export class AccountWarnings {
  readonly #options: AccountWarningsOptions
  /** In lower case. */
  readonly #configured: ReadonlySet<string>
  /** Ids that have written and are configured in some spelling. */
  readonly #seen = new Set<string>()
  #isPastRead = false
  #ofPuppet: readonly PolicyWarning[] = []
  #ofIds: readonly PolicyWarning[] = []
  #ofCase: readonly PolicyWarning[] = []
  #ofTools: readonly PolicyWarning[] = []
  readonly #logged = new Set<string>()
  #toolsAskedMs = Number.NEGATIVE_INFINITY

  constructor(options: AccountWarningsOptions) {
    this.#options = options
    const ids = configuredIds(options.account).filter((id) => id !== everybody)
    this.#configured = new Set(ids.map((id) => id.toLowerCase()))
  }

  /** One sentence each, with the key that it is about. */
  get lines(): readonly string[] {
    return [...this.#ofPuppet, ...this.#ofIds, ...this.#ofCase, ...this.#ofTools].map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    )
  }

  /** What using the puppet may cost its owner, and what taking it for the last one may. Never rejects. */
  async checkPuppet(): Promise<void> {
    const { account, store } = this.#options
    const last = await store.lastPuppet().catch((error: unknown) => this.#logUnread(error))
    const traps = [banWarning(account.puppet), swapWarning(account.puppet, last)]
    const messages = traps.filter((one) => one !== undefined)
    this.#ofPuppet = this.#report(messages.map((message) => ({ path: ['puppet'], message })))
  }

  /** What cannot work with ids like those of this puppet, and with those of who has written. Never rejects. */
  async checkIds(idStability: IdStability): Promise<void> {
    const { account, store } = this.#options
    this.#ofIds = this.#report(idWarnings(account, idStability))
    // Reading them costs a start some milliseconds for each account; whoever writes from now on is seen by `see`.
    if (this.#isPastRead || this.#configured.size === 0) return
    this.#isPastRead = true
    const seen = store.seenIds(maxSeenMessages)
    this.see((await seen.catch((error: unknown) => this.#logUnread(error))) ?? [])
  }

  /** Ids that have written, of people and groups. Cheap for those that nobody configured. */
  see(ids: Iterable<string>): void {
    const before = this.#seen.size
    for (const id of ids) {
      if (this.#seen.size < maxSpellings && this.#configured.has(id.toLowerCase())) this.#seen.add(id)
    }
    if (this.#seen.size > before) this.#ofCase = this.#report(caseWarnings(this.#options.account, this.#seen))
  }

  /** Asks the host for its tools, unless it was asked a moment ago. Never rejects. */
  async checkTools(): Promise<void> {
    const { account, toolNames, log, now } = this.#options
    if (toolNames === undefined || now() - this.#toolsAskedMs < askToolsEveryMs) return
    this.#toolsAskedMs = now()
    try {
      this.#ofTools = this.#report(toolWarnings(account, await toolNames()))
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the host did not say which tools there are')
    }
  }

  #logUnread(error: unknown): undefined {
    this.#options.log.error({ error: messageOf(error) }, 'the journal could not be read')
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

/** Ids are the backend's own; two puppets may still stand before the same one. */
function swapWarning(puppet: string, last = puppet): string | undefined {
  if (puppet === last) return undefined
  return `the last login was with "${last}"; unless both stand before the same backend, ids from there mean nobody here: in approvals, lists, history, and what waits to be sent`
}
