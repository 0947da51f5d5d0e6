/**
 * Computes the complete accounts from the written configuration: it merges both levels, applies the defaults and
 * normalises ids and names. Pure. The configuration must have passed `wechatConfigSchema`.
 */

import type { ConversationLimits, ToolScope } from '@moltbot/channel-sdk'
import {
  type DmEntryConfig,
  type GroupEntryConfig,
  type PuppetAccess,
  toolScopeOf,
} from './account-schema.ts'
import { expandPuppet, knownPuppet } from './catalogue.ts'
import { defaults, soleAccountId } from './defaults.ts'
import { normalizeId, normalizeKeys } from './ids.ts'
import { MentionPatterns } from './patterns.ts'
import type { AccountConfig, WechatConfig } from './schema.ts'
import type { WebhookConfig } from './webhooks-schema.ts'

export type { ToolScope }

export type DmPolicy = 'pairing' | 'allowlist' | 'open' | 'disabled'
export type GroupPolicy = 'open' | 'allowlist' | 'disabled'

/** Normalised ids, `alias:` entries and `"*"`. A set, because a list may have 10,000 entries and is read for every message. */
export type IdList = ReadonlySet<string>

/** The rules of one group, as written. A missing key comes from the entry under `"*"`, then from the account. */
export interface GroupEntry {
  readonly enabled?: boolean
  readonly requireMention?: boolean
  readonly allowFrom?: IdList
  readonly tools?: ToolScope
  readonly toolsBySender?: ReadonlyMap<string, ToolScope>
  readonly historyLimit?: number
  readonly systemPrompt?: string
  readonly answerOwnBots?: boolean
  readonly mentionPatterns?: MentionPatterns
}

/** The rules of one user in a direct chat. A missing key comes from the account. */
export interface DmEntry {
  readonly historyLimit?: number
  readonly tools?: ToolScope
}

/** One complete account. Its ids are normalised; compare them exactly. */
export interface ResolvedAccount {
  readonly id: string
  readonly enabled: boolean
  readonly name?: string
  /** The npm package name. */
  readonly puppet: string
  readonly puppetOptions: Readonly<Record<string, unknown>>
  /** Limits of a puppet that runs in a child process. */
  readonly puppetLimits: { readonly maxMemoryMb: number; readonly restartsPerHour: number }
  /** What such a puppet may do on this machine. */
  readonly puppetAccess: PuppetAccess
  readonly qrCode: boolean
  readonly botAgent?: string
  readonly dmPolicy: DmPolicy
  /** Does a pairing request show its sender's name and first words to the operator? */
  readonly pairingPreview: boolean
  readonly allowFrom: IdList
  readonly groupPolicy: GroupPolicy
  /** Senders that the bot listens to in groups. Undefined: every member of an admitted group. */
  readonly groupAllowFrom?: IdList
  /** By group id or `"*"`. */
  readonly groups: ReadonlyMap<string, GroupEntry>
  /** By user id. */
  readonly dms: ReadonlyMap<string, DmEntry>
  readonly mentionPatterns: MentionPatterns
  /** What the account's own `limits` say. */
  readonly limits: ConversationLimits
  /** Group messages stored as context. 0: none. */
  readonly historyLimit: number
  /** Earlier turns of a direct chat. 0: all. */
  readonly dmHistoryLimit: number
  /** In UTF-16 units. If the puppet's limit is smaller, that limit applies. */
  readonly textChunkLimit: number
  readonly chunkMode: 'length' | 'newline'
  /** Whether each block is sent as soon as it is ready: `streamMode: "block"` or `blockStreaming`. */
  readonly blockReplies: boolean
  readonly draftChunk: { readonly minChars: number; readonly maxChars: number }
  readonly mediaMaxBytes: number
  readonly replyLanguage: 'auto' | 'en' | 'zh-CN'
  /** How long a reply may wait to be sent, by the kind of its conversation, in milliseconds. */
  readonly maxReplyAgeMs: AgesMs
  /** How old a message may be when its turn comes. */
  readonly maxMessageAgeMs: AgesMs
  /** The most messages that the text of one reply becomes. */
  readonly maxMessagesPerReply: number
  /** How long the texts of finished rows are stored, in milliseconds. */
  readonly retentionMs: number
  readonly webhooks: readonly WebhookConfig[]
}

/** By the kind of a conversation. */
export type AgesMs = Readonly<Record<'direct' | 'group', number>>

const bytesPerMb = 1024 * 1024
const msPerDay = 24 * 60 * 60_000

/** Every account, including disabled ones, in the order of the configuration. */
export function resolveAccounts(config: WechatConfig): ResolvedAccount[] {
  return writtenAccounts(config).map(([id, written]) => complete(id, written))
}

/** Every account by id as it was written, merged over the channel level and the defaults. */
export function writtenAccounts(config: WechatConfig): [id: string, account: WrittenAccount][] {
  const { accounts, defaultAccountId: _, ...channel } = config
  return Object.entries(accounts ?? { [soleAccountId]: {} }).map(([id, account]) => [
    id,
    { ...defaults, ...channel, ...account },
  ])
}

/** The account that is used if none is named. Undefined if there is no account. */
export function defaultAccountId(config: WechatConfig): string | undefined {
  if (config.defaultAccountId !== undefined) return config.defaultAccountId
  const ids = Object.keys(config.accounts ?? { [soleAccountId]: {} }).sort()
  return ids.includes(soleAccountId) ? soleAccountId : ids[0]
}

/** The keys that were written, and the default of each other key that has one. */
export type WrittenAccount = AccountConfig & Required<Pick<AccountConfig, keyof typeof defaults>>

function complete(id: string, written: WrittenAccount): ResolvedAccount {
  const { streamMode, blockStreaming, mediaMaxMb, retentionDays, groupAllowFrom, ...rest } = written
  const puppet = expandPuppet(rest.puppet)
  return {
    ...rest,
    ...(groupAllowFrom && { groupAllowFrom: idList(groupAllowFrom) }),
    id,
    puppet,
    puppetAccess: rest.puppetAccess ?? (knownPuppet(puppet)?.needsChromium ? 'user' : 'own'),
    puppetOptions: rest.puppetOptions ?? {},
    puppetLimits: { ...defaults.puppetLimits, ...rest.puppetLimits },
    allowFrom: idList(rest.allowFrom ?? []),
    groups: mapValues(normalizeKeys(rest.groups ?? {}), resolveGroup),
    dms: mapValues(normalizeKeys(rest.dms ?? {}), resolveDm),
    webhooks: rest.webhooks ?? [],
    mentionPatterns: new MentionPatterns(rest.mentionPatterns ?? []),
    limits: rest.limits ?? {},
    blockReplies: blockStreaming || streamMode === 'block',
    draftChunk: { ...defaults.draftChunk, ...rest.draftChunk },
    mediaMaxBytes: Math.floor(mediaMaxMb * bytesPerMb),
    maxReplyAgeMs: agesOf(rest.maxReplyAgeMs, defaults.maxReplyAgeMs),
    maxMessageAgeMs: agesOf(rest.maxMessageAgeMs, defaults.maxMessageAgeMs),
    retentionMs: Math.floor(retentionDays * msPerDay),
  }
}

function agesOf(written: WrittenAccount['maxReplyAgeMs'], fallback: AgesMs): AgesMs {
  return typeof written === 'number' ? { direct: written, group: written } : { ...fallback, ...written }
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
    ...(tools && { tools: toolScopeOf(tools) }),
    ...(toolsBySender && { toolsBySender: mapValues(normalizeKeys(toolsBySender), toolScopeOf) }),
    ...(mentionPatterns && { mentionPatterns: new MentionPatterns(mentionPatterns) }),
  }
}

function resolveDm({ tools, ...rest }: DmEntryConfig): DmEntry {
  return { ...rest, ...(tools && { tools: toolScopeOf(tools) }) }
}

function idList(entries: readonly string[]): IdList {
  return new Set(entries.map(normalizeId))
}

function mapValues<From, To>(map: ReadonlyMap<string, From>, change: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([key, value]) => [key, change(value)]))
}
