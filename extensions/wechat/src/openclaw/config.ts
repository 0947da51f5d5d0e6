/**
 * `channels.wechat` in OpenClaw's configuration. The host checks it against our JSON Schema only, so everything else, such
 * as limits and patterns, is checked here, and a mistake is shown by each command that asks.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { soleAccountId } from '../config/defaults.ts'
import { defaultAccountId, type ResolvedAccount, resolveAccounts } from '../config/resolve.ts'
import { type WechatConfig, wechatConfigSchema } from '../config/schema.ts'
import { configWarnings } from '../warnings/config-warnings.ts'
import type { OpenClawConfig } from './host-api.ts'
import type { HostAccount } from './host-plugin.ts'
import { versionWarning } from './host-version.ts'

/** The key under `channels`, the same as in moltbot. */
export const section = 'wechat'

interface ReadConfig {
  /** Undefined where the configuration is invalid. */
  readonly config: WechatConfig | undefined
  readonly accounts: readonly ResolvedAccount[]
  /** One line for each mistake. */
  readonly problems: readonly string[]
}

/** Read once: the host asks for it many times. */
const known = new WeakMap<object, ReadConfig>()

function readConfig({ channels }: OpenClawConfig): ReadConfig {
  const written = memberOf(channels, section)
  if (!isObject(written))
    return { config: undefined, accounts: [], problems: [`channels.${section} is missing`] }
  const before = known.get(written)
  if (before !== undefined) return before
  const read = parse(written)
  known.set(written, read)
  return read
}

function parse(written: object): ReadConfig {
  const parsed = wechatConfigSchema.safeParse(written)
  if (parsed.success) return { config: parsed.data, accounts: resolveAccounts(parsed.data), problems: [] }
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${['channels', section, ...path].map(String).join('.')}: ${message}`,
  )
  return { config: undefined, accounts: [], problems }
}

/** Account ids as they are written, of an invalid configuration too: its problems are shown at its accounts. */
export function accountIds(cfg: OpenClawConfig): string[] {
  const { config, accounts } = readConfig(cfg)
  if (config !== undefined) return accounts.map(({ id }) => id)
  const written = memberOf(cfg.channels, section)
  if (!isObject(written)) return []
  const listed = memberOf(written, 'accounts')
  return isObject(listed) ? Object.keys(listed) : [soleAccountId]
}

export function defaultId(cfg: OpenClawConfig): string {
  const { config } = readConfig(cfg)
  return (config && defaultAccountId(config)) ?? accountIds(cfg)[0] ?? soleAccountId
}

/** The host may have folded the id to lower case; ids of one configuration never differ in case only. */
export function findAccount(
  cfg: OpenClawConfig,
  wanted: string | null | undefined,
): ResolvedAccount | undefined {
  const id = (wanted ?? defaultId(cfg)).toLowerCase()
  return readConfig(cfg).accounts.find((account) => account.id.toLowerCase() === id)
}

export function hostAccount(cfg: OpenClawConfig, wanted: string | null | undefined): HostAccount {
  const account = findAccount(cfg, wanted)
  const accountId = account?.id ?? wanted ?? defaultId(cfg)
  if (account === undefined) {
    const problem = readConfig(cfg).problems.join('; ') || `channels.${section} has no account "${accountId}"`
    return { accountId, enabled: true, problem }
  }
  const { enabled, dmPolicy, name } = account
  return { accountId, enabled, dmPolicy, ...(name !== undefined && { name }) }
}

/** What the operator should know of a configuration: mistakes, and what will not do what it seems to. */
export function configIssues(cfg: OpenClawConfig, hostVersion: string): string[] {
  const { config, problems } = readConfig(cfg)
  const warnings = config === undefined ? [] : configWarnings(config)
  const untested = versionWarning(hostVersion)
  return [
    ...(untested === undefined ? [] : [untested]),
    ...problems,
    ...warnings.map(({ path, message }) => `${['channels', section, ...path].join('.')}: ${message}`),
    ...(sharesSessions(cfg) ? [sharedSessions] : []),
  ]
}

const sharedSessions =
  'session.dmScope is "main" (the default): everyone who writes to the bot shares one session, so one person can read what ' +
  'another wrote; set session.dmScope to "per-account-channel-peer"'

function sharesSessions({ session }: OpenClawConfig): boolean {
  return (session?.dmScope ?? 'main') === 'main'
}

/** @throws the problems of an invalid configuration */
export function validConfig(cfg: OpenClawConfig): WechatConfig {
  const { config, problems } = readConfig(cfg)
  if (config === undefined) throw new MoltbotError('config-invalid', problems.join('; '))
  return config
}

/** What the channel runs with. While the configuration is invalid, that is the last valid one of this process. */
export class UsableConfig {
  #last: WechatConfig | undefined
  #ids: ReadonlySet<string> = new Set()

  /** @throws the problems of an invalid configuration, where there is no earlier one with this account */
  take(cfg: OpenClawConfig, accountId: string): WechatConfig {
    if (this.#last !== undefined && readConfig(cfg).config === undefined && this.has(accountId))
      return this.#last
    this.#last = validConfig(cfg)
    this.#ids = new Set(resolveAccounts(this.#last).map(({ id }) => id))
    return this.#last
  }

  /** Whether the account can run although the configuration is invalid. */
  has(accountId: string): boolean {
    return this.#ids.has(accountId)
  }
}

function memberOf(parent: object | undefined, key: string): unknown {
  return Object.entries(parent ?? {}).find(([name]) => name === key)?.[1]
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
