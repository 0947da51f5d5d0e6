/**
 * Traps: what a valid configuration says that its author probably did not intend.
 */

import type { ConfigWarning } from '@moltbot/channel-sdk'
import { z } from 'zod'
import type { GroupEntryConfig } from '../config/entry-schemas.ts'
import { normalizeId } from '../config/ids.ts'
import { patternTrap } from '../config/patterns.ts'
import { expandPuppet, looksMistyped, shortNamesList } from '../config/puppet-names.ts'
import { type WrittenAccount, writtenAccounts } from '../config/resolve.ts'
import type { AccountConfig, WechatConfig } from '../config/schema.ts'
import { normalizeScope, type ToolScopeConfig } from '../config/tools.ts'

type Key = keyof AccountConfig
type Trap = readonly [key: Key, found: (account: WrittenAccount) => string | undefined]

/** Each is about one key, and is reported only where somebody wrote that key. */
const traps: readonly Trap[] = [
  [
    'allowFrom',
    ({ dmPolicy, allowFrom }) =>
      (dmPolicy === 'pairing' || dmPolicy === 'allowlist') && allowFrom?.some((id) => normalizeId(id) === '*')
        ? `"*" admits everybody, so dmPolicy "${dmPolicy}" has no effect; remove "*", or write dmPolicy "open"`
        : undefined,
  ],
  [
    'dmPolicy',
    ({ dmPolicy, allowFrom = [] }) =>
      dmPolicy === 'allowlist' && allowFrom.length === 0
        ? '"allowlist" with an empty allowFrom admits nobody who was not approved earlier'
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
        ? '"open" hears only the groups named in groups, since "*" is not among them'
        : undefined,
  ],
  [
    'groupAllowFrom',
    ({ groupAllowFrom }) =>
      groupAllowFrom?.length === 0 ? 'an empty list means that nobody is heard in any group' : undefined,
  ],
  [
    'puppet',
    ({ puppet }) =>
      looksMistyped(puppet)
        ? `"${puppet}" is none of the short names, so it is taken for an npm package; the short names are ${shortNamesList}`
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

/** Every trap once, at the level where its key stands. */
export function configWarnings(config: WechatConfig): ConfigWarning[] {
  if (config.accounts && Object.keys(config.accounts).length === 0) {
    return [{ path: ['accounts'], message: 'no account stands in it, so none is started' }]
  }
  const found = writtenAccounts(config).flatMap(([id, account]) =>
    [...sprungTraps(account), ...innerTraps(account)].flatMap(({ path: [key, ...rest], message }) => {
      const place = whereWritten(config, id, key)
      return place ? [{ path: [...place, ...rest], message }] : []
    }),
  )
  return [...new Map(found.map((warning) => [JSON.stringify(warning), warning])).values()]
}

/** Begins at the account. */
type Path = readonly [Key, ...string[]]

interface AccountWarning {
  readonly path: Path
  readonly message: string
}

function sprungTraps(account: WrittenAccount): AccountWarning[] {
  return traps.flatMap(([key, trap]) => {
    const message = trap(account)
    return message === undefined ? [] : [{ path: [key], message }]
  })
}

function innerTraps(account: WrittenAccount): AccountWarning[] {
  const { allowFrom, groupAllowFrom, groups = {}, dms = {}, mentionPatterns } = account
  const isGroup = groupTest(groups)
  return [
    ...tlsTraps(account),
    ...groupsAsPeople(['allowFrom'], allowFrom, isGroup),
    ...groupsAsPeople(['groupAllowFrom'], groupAllowFrom, isGroup),
    ...patternTraps(['mentionPatterns'], mentionPatterns),
    ...Object.entries(groups).flatMap(([id, entry]) => groupTraps(['groups', id], entry, isGroup)),
    ...Object.entries(dms).flatMap(([id, { tools }]) => scopeTraps(['dms', id, 'tools'], tools)),
  ]
}

function tlsTraps({ puppet, puppetOptions }: WrittenAccount): AccountWarning[] {
  if (expandPuppet(puppet) !== 'wechaty-puppet-service' || !withoutTls.safeParse(puppetOptions).success)
    return []
  const message =
    'without TLS the token and every message travel in clear; remove it unless the service is on this machine'
  return [{ path: ['puppetOptions', 'tls', 'disable'], message }]
}

const withoutTls = z.object({ tls: z.object({ disable: z.literal(true) }) })

function groupTraps(path: Path, entry: GroupEntryConfig, isGroup: (id: string) => boolean): AccountWarning[] {
  const { allowFrom, tools, toolsBySender = {}, mentionPatterns } = entry
  const nobody = {
    path: [...path, 'allowFrom'] as const,
    message: 'an empty list means that nobody is heard here',
  }
  return [
    ...(allowFrom?.length === 0 ? [nobody] : []),
    ...groupsAsPeople([...path, 'allowFrom'], allowFrom, isGroup),
    ...patternTraps([...path, 'mentionPatterns'], mentionPatterns),
    ...scopeTraps([...path, 'tools'], tools),
    ...Object.entries(toolsBySender).flatMap(([id, scope]) =>
      scopeTraps([...path, 'toolsBySender', id], scope),
    ),
  ]
}

/** Tells the ids of groups: web WeChat and its relatives end them in `@chatroom`, or begin them with `@@`. */
function groupTest(groups: Readonly<Record<string, unknown>>): (id: string) => boolean {
  const known = new Set(Object.keys(groups).map(normalizeId))
  return (id) => id !== '*' && (known.has(id) || id.endsWith('@chatroom') || id.startsWith('@@'))
}

function groupsAsPeople(path: Path, list: readonly string[] = [], isGroup: (id: string) => boolean) {
  return list
    .map(normalizeId)
    .filter(isGroup)
    .map((id) => ({ path, message: `"${id}" is a group and nobody's id; groups are named in groups` }))
}

function patternTraps(path: Path, patterns: readonly string[] = []): AccountWarning[] {
  return patterns.flatMap((pattern, index) => {
    const trap = patternTrap(pattern)
    return trap === undefined ? [] : [{ path: [...path, String(index)] as const, message: trap }]
  })
}

function scopeTraps(path: Path, scope: ToolScopeConfig | undefined): AccountWarning[] {
  const { allow, alsoAllow } = scope === undefined ? {} : normalizeScope(scope)
  return allow === undefined && alsoAllow !== undefined
    ? [{ path, message: 'alsoAllow adds to allow; without allow every tool is allowed anyway' }]
    : []
}

/** The key's path at the level that decides, or nothing when its default holds. */
function whereWritten(config: WechatConfig, id: string, key: Key): string[] | undefined {
  const account = config.accounts?.[id]
  if (account && Object.hasOwn(account, key)) return ['accounts', id, key]
  return Object.hasOwn(config, key) ? [key] : undefined
}

function namesEveryGroup(groups: Readonly<Record<string, GroupEntryConfig>>): boolean {
  return Object.keys(groups).some((id) => normalizeId(id) === '*')
}
