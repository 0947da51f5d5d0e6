/**
 * Traps: what a valid configuration says that its author probably did not intend.
 */

import type { ConfigWarning } from '@moltbot/channel-sdk'
import type { GroupEntryConfig } from './entry-schemas.ts'
import { normalizeId } from './ids.ts'
import { type WrittenAccount, writtenAccounts } from './resolve.ts'
import type { AccountConfig, WechatConfig } from './schema.ts'

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
    'streamMode',
    ({ streamMode, blockStreaming }) =>
      streamMode === 'partial' && !blockStreaming
        ? 'WeChat cannot edit messages, so "partial" behaves as "off"'
        : undefined,
  ],
]

const noTools = 'this version has no tools yet, so there is nothing to narrow'

/** Every trap once, at the level where its key stands. */
export function configWarnings(config: WechatConfig): ConfigWarning[] {
  if (config.accounts && Object.keys(config.accounts).length === 0) {
    return [{ path: ['accounts'], message: 'no account stands in it, so none is started' }]
  }
  const found = writtenAccounts(config).flatMap(([id, account]) =>
    [...sprungTraps(account), ...toolScopes(account)].flatMap(({ path: [key, ...rest], message }) => {
      const place = whereWritten(config, id, key)
      return place ? [{ path: [...place, ...rest], message }] : []
    }),
  )
  return [...new Map(found.map((warning) => [JSON.stringify(warning), warning])).values()]
}

/** A warning whose path begins at the account. */
interface AccountWarning {
  readonly path: readonly [Key, ...string[]]
  readonly message: string
}

function sprungTraps(account: WrittenAccount): AccountWarning[] {
  return traps.flatMap(([key, trap]) => {
    const message = trap(account)
    return message === undefined ? [] : [{ path: [key], message }]
  })
}

function toolScopes({ groups = {}, dms = {} }: WrittenAccount): AccountWarning[] {
  const paths: AccountWarning['path'][] = [
    ...keysWith(groups, 'tools').map((id) => ['groups', id, 'tools'] as const),
    ...keysWith(groups, 'toolsBySender').map((id) => ['groups', id, 'toolsBySender'] as const),
    ...keysWith(dms, 'tools').map((id) => ['dms', id, 'tools'] as const),
  ]
  return paths.map((path) => ({ path, message: noTools }))
}

function keysWith(map: Readonly<Record<string, object>>, key: string): string[] {
  return Object.keys(map).filter((id) => Object.hasOwn(map[id] ?? {}, key))
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
