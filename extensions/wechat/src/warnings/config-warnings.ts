/**
 * Warnings about a valid configuration that probably does not do what its author intended.
 */

import type { ConfigWarning } from '@moltbot/channel-sdk'
import { z } from 'zod'
import type { GroupEntryConfig, ToolScopeConfig } from '../config/account-schema.ts'
import { expandPuppet, knownPuppet, looksMistyped, shortNamesList } from '../config/catalogue.ts'
import { looksLikeGroup, normalizeId } from '../config/ids.ts'
import { patternWarning } from '../config/patterns.ts'
import { type WrittenAccount, writtenAccounts } from '../config/resolve.ts'
import type { AccountConfig, WechatConfig } from '../config/schema.ts'

type Key = keyof AccountConfig
type KeyCheck = readonly [key: Key, check: (account: WrittenAccount) => string | undefined]

/** Each check is about one key. Its warning is reported only if that key was written. */
const keyChecks: readonly KeyCheck[] = [
  [
    'allowFrom',
    ({ dmPolicy, allowFrom }) =>
      (dmPolicy === 'pairing' || dmPolicy === 'allowlist') && allowFrom?.some((id) => normalizeId(id) === '*')
        ? `"*" admits every user, so dmPolicy "${dmPolicy}" has no effect; remove "*", or write dmPolicy "open"`
        : undefined,
  ],
  [
    'dmPolicy',
    ({ dmPolicy, allowFrom = [] }) =>
      dmPolicy === 'allowlist' && allowFrom.length === 0
        ? '"allowlist" with an empty allowFrom admits only users who were approved earlier'
        : undefined,
  ],
  [
    'groupPolicy',
    ({ groupPolicy, groups = {} }) =>
      groupPolicy === 'allowlist' && Object.keys(groups).length === 0
        ? '"allowlist" without groups admits no group'
        : undefined,
  ],
  [
    'groupPolicy',
    ({ groupPolicy, groups = {} }) =>
      groupPolicy === 'open' && Object.keys(groups).length > 0 && !namesEveryGroup(groups)
        ? '"open" admits only the groups listed in groups, because "*" is not one of them'
        : undefined,
  ],
  [
    'groupAllowFrom',
    ({ groupAllowFrom }) =>
      groupAllowFrom?.length === 0
        ? 'an empty list means that no sender is admitted in any group'
        : undefined,
  ],
  [
    'puppet',
    ({ puppet }) =>
      looksMistyped(puppet)
        ? `"${puppet}" is not a short name, so it is treated as an npm package; the short names are ${shortNamesList}`
        : undefined,
  ],
  [
    'puppet',
    ({ puppet, puppetOptions: { token } = {} }) =>
      expandPuppet(puppet) === 'wechaty-puppet-service' && (token === undefined || token === '')
        ? `"${puppet}" needs the token of the hosted puppet in puppetOptions.token`
        : undefined,
  ],
  [
    'puppetAccess',
    ({ puppet, puppetAccess }) =>
      puppetAccess === 'own' && knownPuppet(expandPuppet(puppet))?.needsChromium
        ? `"${puppet}" starts a browser, which "own" does not allow`
        : undefined,
  ],
  [
    'puppetAccess',
    ({ puppetAccess }) =>
      puppetAccess === 'user'
        ? "the puppet can read all files of the gateway's user, with the keys and chats in them"
        : undefined,
  ],
  [
    'streamMode',
    ({ streamMode, blockStreaming }) =>
      streamMode === 'partial' && !blockStreaming
        ? 'WeChat cannot edit messages, so "partial" behaves as "off"'
        : undefined,
  ],
]

/** Returns every warning once, at the level at which its key was written. */
export function configWarnings(config: WechatConfig): ConfigWarning[] {
  if (config.accounts && Object.keys(config.accounts).length === 0) {
    return [{ path: ['accounts'], message: 'the map is empty, so no account is started' }]
  }
  const accounts = writtenAccounts(config)
  const found = accounts.flatMap(([id, account]) =>
    [...keyWarnings(account), ...innerWarnings(account)].flatMap(({ path: [key, ...rest], message }) => {
      const place = whereWritten(config, id, key)
      return place ? [{ path: [...place, ...rest], message }] : []
    }),
  )
  const all = [...found, ...groupKeysWithoutGroups(config, accounts)]
  return [...new Map(all.map((warning) => [JSON.stringify(warning), warning])).values()]
}

const groupKeys = ['groupPolicy', 'groupAllowFrom', 'groups'] as const

/** A key at the channel level has an effect if any of the accounts that take it from there has groups. */
function groupKeysWithoutGroups(
  config: WechatConfig,
  accounts: readonly (readonly [id: string, account: WrittenAccount])[],
): ConfigWarning[] {
  const written = groupKeys.flatMap((key) =>
    accounts.flatMap(([id, { puppet }]) => {
      const path = whereWritten(config, id, key)
      return path ? [{ path, puppet, hasGroups: knownPuppet(expandPuppet(puppet))?.groups !== 'no' }] : []
    }),
  )
  const used = new Set(written.filter(({ hasGroups }) => hasGroups).map(({ path }) => path.join()))
  return written
    .filter(({ path }) => !used.has(path.join()))
    .map(({ path, puppet }) => ({
      path,
      message: `has no effect: "${puppet}" has no groups, only direct chats`,
    }))
}

/** The path from the account. */
type Path = readonly [Key, ...string[]]

interface AccountWarning {
  readonly path: Path
  readonly message: string
}

function keyWarnings(account: WrittenAccount): AccountWarning[] {
  return keyChecks.flatMap(([key, check]) => {
    const message = check(account)
    return message === undefined ? [] : [{ path: [key], message }]
  })
}

function innerWarnings(account: WrittenAccount): AccountWarning[] {
  const { allowFrom, groupAllowFrom, groups = {}, dms = {}, mentionPatterns } = account
  const isGroup = groupTest(groups)
  return [
    ...tlsWarnings(account),
    ...groupsAsPeople(['allowFrom'], allowFrom, isGroup),
    ...groupsAsPeople(['groupAllowFrom'], groupAllowFrom, isGroup),
    ...patternWarnings(['mentionPatterns'], mentionPatterns),
    ...Object.entries(groups).flatMap(([id, entry]) => groupWarnings(['groups', id], entry, isGroup)),
    ...Object.entries(dms).flatMap(([id, { tools }]) => scopeWarnings(['dms', id, 'tools'], tools)),
  ]
}

function tlsWarnings({ puppet, puppetOptions }: WrittenAccount): AccountWarning[] {
  if (expandPuppet(puppet) !== 'wechaty-puppet-service' || !withoutTls.safeParse(puppetOptions).success)
    return []
  const message =
    'without TLS the token and every message are sent unencrypted; remove this key unless the service runs on this machine'
  return [{ path: ['puppetOptions', 'tls', 'disable'], message }]
}

const withoutTls = z.object({
  tls: z.object({ disable: z.literal(true) }),
  /** A unix socket leaves this machine for nowhere. */
  endpoint: z
    .string()
    .regex(/^(?!unix:)/)
    .optional(),
})

function groupWarnings(
  path: Path,
  entry: GroupEntryConfig,
  isGroup: (id: string) => boolean,
): AccountWarning[] {
  const { allowFrom, tools, toolsBySender = {}, mentionPatterns } = entry
  const emptyList = {
    path: [...path, 'allowFrom'] as const,
    message: 'an empty list means that no sender is admitted in this group',
  }
  return [
    ...(allowFrom?.length === 0 ? [emptyList] : []),
    ...groupsAsPeople([...path, 'allowFrom'], allowFrom, isGroup),
    ...patternWarnings([...path, 'mentionPatterns'], mentionPatterns),
    ...scopeWarnings([...path, 'tools'], tools),
    ...Object.entries(toolsBySender).flatMap(([id, scope]) =>
      scopeWarnings([...path, 'toolsBySender', id], scope),
    ),
  ]
}

/** Recognises ids of groups: those that have an entry, and those that look like one. */
function groupTest(groups: Readonly<Record<string, unknown>>): (id: string) => boolean {
  const known = new Set(Object.keys(groups).map(normalizeId))
  return (id) => id !== '*' && (known.has(id) || looksLikeGroup(id))
}

function groupsAsPeople(path: Path, list: readonly string[] = [], isGroup: (id: string) => boolean) {
  return list
    .map(normalizeId)
    .filter(isGroup)
    .map((id) => ({ path, message: `"${id}" is the id of a group, not of a user; list groups in groups` }))
}

function patternWarnings(path: Path, patterns: readonly string[] = []): AccountWarning[] {
  return patterns.flatMap((pattern, index) => {
    const message = patternWarning(pattern)
    return message === undefined ? [] : [{ path: [...path, String(index)] as const, message }]
  })
}

function scopeWarnings(path: Path, scope: ToolScopeConfig | undefined): AccountWarning[] {
  const isIdle = scope !== undefined && 'alsoAllow' in scope && scope.allow === undefined
  return isIdle
    ? [{ path, message: 'alsoAllow has no effect without allow, because every tool is allowed then' }]
    : []
}

/** The path of the key at the level that applies. Undefined if the default applies. */
function whereWritten(config: WechatConfig, id: string, key: Key): string[] | undefined {
  const account = config.accounts?.[id]
  if (account && Object.hasOwn(account, key)) return ['accounts', id, key]
  return Object.hasOwn(config, key) ? [key] : undefined
}

function namesEveryGroup(groups: Readonly<Record<string, GroupEntryConfig>>): boolean {
  return Object.keys(groups).some((id) => normalizeId(id) === '*')
}
