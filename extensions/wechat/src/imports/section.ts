/**
 * `channels.wechat` for the accounts that are taken over, from OpenClaw's configuration: what this channel's plugin read
 * there, and what Tencent's plugin did (`channels.openclaw-weixin`).
 */

import { type ImportGap, MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { accountKeys } from '../config/account-schema.ts'
import { soleAccountId } from '../config/defaults.ts'
import { wechatConfigSchema } from '../config/schema.ts'

type Members = Readonly<Record<string, unknown>>

/** What Tencent's plugin reads there and no other program can use. */
const tencentOnly: ReadonlySet<string> = new Set(['channelConfigUpdatedAt', 'baseUrl', 'accounts'])

/** Keys of an account of Tencent's plugin, each with what takes its value. */
const tencentAccount = {
  name: accountKeys.name,
  enabled: accountKeys.enabled,
  botAgent: accountKeys.botAgent,
  cdnBaseUrl: z.url({ protocol: /^https$/ }),
  routeTag: z.union([z.number().transform(String), z.string().trim().min(1)]),
}

/** @throws `import-invalid` for a section that the plugin refuses too */
export function ownSection(config: unknown): Members | undefined {
  const written = memberOf(memberOf(config, 'channels'), 'wechat')
  if (written === undefined) return undefined
  const { error } = wechatConfigSchema.safeParse(written)
  if (error === undefined) return membersOf(written)
  const [{ path = [], message: reason = '' } = {}] = error.issues
  const key = ['channels', 'wechat', ...path].join('.')
  throw new MoltbotError('import-invalid', `OpenClaw's configuration is invalid at ${key}: ${reason}`)
}

/**
 * The section with all these accounts of Tencent's plugin.
 * @param own the section of this channel's plugin, if there is one
 */
export function sectionWith(
  own: Members | undefined,
  tencentIds: readonly string[],
  config: unknown,
  onGap: (gap: ImportGap) => void,
): object | undefined {
  if (tencentIds.length === 0) return own
  const section = membersOf(memberOf(memberOf(config, 'channels'), 'openclaw-weixin'))
  const accounts = tencentIds.map((id) => [id, tencentConfig(id, section, onGap)] as const)
  if (own === undefined) return { puppet: 'ilink', accounts: Object.fromEntries(accounts) }
  // Nothing of the other plugin's settings may hold for them: theirs was pairing, and no puppet but iLink.
  const closed = accounts.map(([id, account]) => {
    const alone = { puppet: 'ilink', puppetOptions: {}, dmPolicy: 'pairing', allowFrom: [], ...account }
    return [id, alone] as const
  })
  const before = own.accounts === undefined ? { [soleAccountId]: {} } : membersOf(own.accounts)
  return { ...own, accounts: { ...before, ...Object.fromEntries(closed) } }
}

/** An account's entry stands in place of the whole section, but for `botAgent`, which the plugin reads there alone. */
function tencentConfig(id: string, section: Members, onGap: (gap: ImportGap) => void): object {
  const entry = memberOf(section.accounts, id)
  const written = { ...(entry === undefined ? section : membersOf(entry)), botAgent: section.botAgent }
  const taken: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(written)) {
    if (value === undefined || tencentOnly.has(key)) continue
    const what =
      entry === undefined
        ? `channels.openclaw-weixin.${key}`
        : `channels.openclaw-weixin.accounts.${id}.${key}`
    const schema = Object.hasOwn(tencentAccount, key)
      ? Object.entries(tencentAccount).find(([name]) => name === key)?.[1]
      : undefined
    const { success, data } = schema?.safeParse(value) ?? {}
    if (success) taken[key] = data
    else
      onGap({
        what,
        reason: schema === undefined ? 'moltbot has no such key' : 'the value is not valid here',
      })
  }
  const { cdnBaseUrl, routeTag, ...account } = taken
  const puppetOptions = {
    ...(cdnBaseUrl !== undefined && { cdnBaseUrl }),
    ...(routeTag !== undefined && { routeTag }),
  }
  return { ...account, ...(Object.keys(puppetOptions).length > 0 && { puppetOptions }) }
}

function memberOf(value: unknown, key: string): unknown {
  return membersOf(value)[key]
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
