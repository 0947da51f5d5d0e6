/**
 * From what the user wrote to what an account is: both levels merged, defaults applied, ids and names in one spelling.
 * Pure; takes a configuration that has passed `wechatConfigSchema`.
 */

import { defaults, soleAccountId } from './defaults.ts'
import type { DmEntryConfig, GroupEntryConfig } from './entry-schemas.ts'
import { normalizeId, normalizeKeys } from './ids.ts'
import { MentionPatterns } from './patterns.ts'
import { expandPuppet } from './puppet-names.ts'
import type { AccountConfig, WechatConfig } from './schema.ts'
import { normalizeScope, type ToolScope } from './tools.ts'

export type DmPolicy = 'pairing' | 'allowlist' | 'open' | 'disabled'
export type GroupPolicy = 'open' | 'allowlist' | 'disabled'

/** Ids, `alias:` entries and `"*"`, in one spelling; a list may hold ten thousand and is asked for every message. */
export type IdList = ReadonlySet<string>

/** A group's own rules, as written: what it leaves out is for the entry under `"*"`, then for the account. */
export interface GroupEntry {
  readonly enabled?: boolean
  readonly requireMention?: boolean
  readonly allowFrom?: IdList
  readonly tools?: ToolScope
  readonly toolsBySender?: ReadonlyMap<string, ToolScope>
  readonly historyLimit?: number
  readonly systemPrompt?: string
  readonly mentionPatterns?: MentionPatterns
}

/** Rules for one person in a direct chat; what it leaves out is the account's. */
export interface DmEntry {
  readonly historyLimit?: number
  readonly tools?: ToolScope
}

/** One account, complete. Ids are trimmed and bare; compare them exactly. */
export interface ResolvedAccount {
  readonly id: string
  readonly enabled: boolean
  readonly name?: string
  /** npm package name. */
  readonly puppet: string
  readonly puppetOptions: Readonly<Record<string, unknown>>
  /** Of a puppet in a process of its own. */
  readonly puppetLimits: { readonly maxMemoryMb: number; readonly restartsPerHour: number }
  readonly qrCode: boolean
  readonly botAgent?: string
  readonly dmPolicy: DmPolicy
  readonly allowFrom: IdList
  readonly groupPolicy: GroupPolicy
  /** Without it anyone in an admitted group is heard. */
  readonly groupAllowFrom?: IdList
  /** By group id or `"*"`. */
  readonly groups: ReadonlyMap<string, GroupEntry>
  /** By user id. */
  readonly dms: ReadonlyMap<string, DmEntry>
  readonly mentionPatterns: MentionPatterns
  /** Group messages kept as context. 0: none. */
  readonly historyLimit: number
  /** Earlier turns of a direct chat. 0: all. */
  readonly dmHistoryLimit: number
  /** UTF-16 units; the puppet's limit holds if it is smaller. */
  readonly textChunkLimit: number
  readonly chunkMode: 'length' | 'newline'
  /** Whether blocks are sent as they are ready: `streamMode: "block"` or `blockStreaming`. */
  readonly blockReplies: boolean
  readonly draftChunk: { readonly minChars: number; readonly maxChars: number }
  readonly mediaMaxBytes: number
  readonly replyLanguage: 'auto' | 'en' | 'zh-CN'
  /** How long the texts of ended rows are kept, milliseconds. */
  readonly retentionMs: number
}

const bytesPerMb = 1024 * 1024
const msPerDay = 24 * 60 * 60_000

/** Every account, disabled ones too, in the configuration's order. */
export function resolveAccounts(config: WechatConfig): ResolvedAccount[] {
  return writtenAccounts(config).map(([id, written]) => complete(id, written))
}

/** Every account by id as it was written, over what the channel level says, over the defaults. */
export function writtenAccounts(config: WechatConfig): [id: string, account: WrittenAccount][] {
  const { accounts, defaultAccountId: _, ...channel } = config
  return Object.entries(accounts ?? { [soleAccountId]: {} }).map(([id, account]) => [
    id,
    { ...defaults, ...channel, ...account },
  ])
}

/** The account meant when nobody names one; `undefined` when there is none at all. */
export function defaultAccountId(config: WechatConfig): string | undefined {
  if (config.defaultAccountId !== undefined) return config.defaultAccountId
  const ids = Object.keys(config.accounts ?? { [soleAccountId]: {} }).sort()
  return ids.includes(soleAccountId) ? soleAccountId : ids[0]
}

/** What was written, and the default for each key that has one. */
export type WrittenAccount = AccountConfig & Required<Pick<AccountConfig, keyof typeof defaults>>

function complete(id: string, written: WrittenAccount): ResolvedAccount {
  const {
    webhooks: _,
    streamMode,
    blockStreaming,
    mediaMaxMb,
    retentionDays,
    groupAllowFrom,
    ...rest
  } = written
  return {
    ...rest,
    ...(groupAllowFrom && { groupAllowFrom: idList(groupAllowFrom) }),
    id,
    puppet: expandPuppet(rest.puppet),
    puppetOptions: rest.puppetOptions ?? {},
    puppetLimits: { ...defaults.puppetLimits, ...rest.puppetLimits },
    allowFrom: idList(rest.allowFrom ?? []),
    groups: mapValues(normalizeKeys(rest.groups ?? {}), resolveGroup),
    dms: mapValues(normalizeKeys(rest.dms ?? {}), resolveDm),
    mentionPatterns: new MentionPatterns(rest.mentionPatterns ?? []),
    blockReplies: blockStreaming || streamMode === 'block',
    draftChunk: { ...defaults.draftChunk, ...rest.draftChunk },
    mediaMaxBytes: Math.floor(mediaMaxMb * bytesPerMb),
    retentionMs: Math.floor(retentionDays * msPerDay),
  }
}

function resolveGroup({
  allowFrom,
  tools,
  toolsBySender,
  mentionPatterns,
  ...rest
}: GroupEntryConfig): GroupEntry {
  return {
    ...rest,
    ...(allowFrom && { allowFrom: idList(allowFrom) }),
    ...(tools && { tools: normalizeScope(tools) }),
    ...(toolsBySender && { toolsBySender: mapValues(normalizeKeys(toolsBySender), normalizeScope) }),
    ...(mentionPatterns && { mentionPatterns: new MentionPatterns(mentionPatterns) }),
  }
}

function resolveDm({ tools, ...rest }: DmEntryConfig): DmEntry {
  return { ...rest, ...(tools && { tools: normalizeScope(tools) }) }
}

function idList(entries: readonly string[]): IdList {
  return new Set(entries.map(normalizeId))
}

function mapValues<From, To>(map: ReadonlyMap<string, From>, change: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([key, value]) => [key, change(value)]))
}
