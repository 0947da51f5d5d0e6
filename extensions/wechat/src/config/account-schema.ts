/**
 * Schemas of the keys of one account, of one group, of one person and of a tool scope. Every account key may also be set
 * at channel level. The schemas fill in no defaults, because whether a key was written decides which level applies.
 */

import { type ToolScope, toolPattern, toolPatternError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { puppetSchema } from './catalogue.ts'
import {
  defaults,
  maxAgeMs,
  maxBotAgentLength,
  maxChunkChars,
  maxGroups,
  maxHistoryMessages,
  maxListEntries,
  maxMediaMb,
  maxMessageChars,
  maxNameLength,
  maxPromptLength,
  maxPuppetMemoryMb,
  maxPuppetRestarts,
  maxRepliesPerTurn,
  maxRetentionDays,
  maxToolNames,
  maxTurnsPerHour,
  minAgeMs,
  minChunkChars,
  minMessageChars,
  minPuppetMemoryMb,
} from './defaults.ts'
import { idMapSchema, idSchema } from './ids.ts'
import { mentionPatternsSchema } from './patterns.ts'
import { webhooksSchema } from './webhooks-schema.ts'

const idList = z.array(idSchema).max(maxListEntries)
const historyLimit = z.int().min(0).max(maxHistoryMessages)
const chunkChars = z.int().min(1).max(maxChunkChars)

/** Products as in a User-Agent, each with at most one comment: the form that the iLink backend accepts unchanged. */
const product = String.raw`[\w.-]{1,32}/[\w.+-]{1,32}(?: \([ !-'*-~]{1,64}\))?`
const botAgent = new RegExp(`^${product}(?: ${product})*$`)

/** An optional key with the description that editors and the manual show, and with its default if it has one. */
function key<Schema extends z.ZodType>(schema: Schema, description: string, fallback?: unknown) {
  return schema
    .exactOptional()
    .meta(fallback === undefined ? { description } : { description, default: fallback })
}

const toolNames = z.array(z.string().max(200).regex(toolPattern, toolPatternError)).max(maxToolNames)

const toolScopeSchema = z.union([
  toolNames,
  z.strictObject({
    allow: key(toolNames, 'Only these tools. `*` and `prefix_*` work. An empty list: no tool at all.'),
    alsoAllow: key(toolNames, 'More tools, in addition to those in `allow`.'),
    deny: key(toolNames, 'Never these tools, even if another list allows them.'),
  }),
])

export type ToolScopeConfig = z.infer<typeof toolScopeSchema>

/** A list is short for `{allow: list}`. `alsoAllow` extends `allow` and does nothing without it. */
export function toolScopeOf(written: ToolScopeConfig): ToolScope {
  if ('length' in written) return { allow: written }
  const { allow, alsoAllow = [], deny } = written
  return { ...(allow && { allow: [...allow, ...alsoAllow] }), ...(deny && { deny }) }
}

const groupEntrySchema = z.strictObject({
  enabled: key(z.boolean(), 'false: the bot ignores this group.'),
  requireMention: key(z.boolean(), 'Whether the bot answers only when it is mentioned.', true),
  allowFrom: key(
    idList,
    'User ids that the bot listens to in this group, "*" for every user. Replaces `groupAllowFrom` for this group.',
  ),
  tools: key(
    toolScopeSchema,
    'Which of the agent\'s tools this group may use, out of those that the "*" entry allows: a list of names, or `{allow, alsoAllow, deny}`.',
  ),
  toolsBySender: key(
    idMapSchema('user', toolScopeSchema, maxListEntries),
    'The same for single senders in this group, by user id; "*" applies to every other sender. It narrows `tools` further.',
  ),
  historyLimit: key(historyLimit, '`historyLimit` for this group.'),
  systemPrompt: key(
    z.string().max(maxPromptLength),
    "Instructions for the agent in this group, added to the agent's own system prompt.",
  ),
  mentionPatterns: key(mentionPatternsSchema, '`mentionPatterns` for this group.'),
  answerOwnBots: key(
    z.boolean(),
    'Whether the bot answers other accounts of this gateway in this group. Two bots that answer each other go on until `limits.turnsPerHour`.',
    false,
  ),
})

const dmEntrySchema = z.strictObject({
  historyLimit: key(historyLimit, '`dmHistoryLimit` for this user.'),
  tools: key(
    toolScopeSchema,
    "Which of the agent's tools this user may use: a list of names, or `{allow, alsoAllow, deny}`.",
  ),
})

/** The rules of one group, `groups.<id>`. */
export type GroupEntryConfig = z.infer<typeof groupEntrySchema>
/** The rules of one user in a direct chat, `dms.<id>`. */
export type DmEntryConfig = z.infer<typeof dmEntrySchema>

const draftChunk = z
  .strictObject({
    minChars: key(chunkChars, 'Shortest block, in characters.', defaults.draftChunk.minChars),
    maxChars: key(chunkChars, 'Longest block, in characters.', defaults.draftChunk.maxChars),
  })
  .superRefine((written, context) => {
    const { minChars, maxChars } = { ...defaults.draftChunk, ...written }
    if (minChars > maxChars) context.addIssue(`minChars (${minChars}) is more than maxChars (${maxChars})`)
  })

/** See the key `puppetAccess`. */
export const puppetAccesses = ['own', 'user'] as const
export type PuppetAccess = (typeof puppetAccesses)[number]

const puppetLimits = z.strictObject({
  maxMemoryMb: key(
    z.int().min(minPuppetMemoryMb).max(maxPuppetMemoryMb),
    'Resident memory of its processes, in MiB, including a browser. Above it the processes are ended and started again.',
    defaults.puppetLimits.maxMemoryMb,
  ),
  restartsPerHour: key(
    z.int().min(0).max(maxPuppetRestarts),
    'How often its process may exit unexpectedly within an hour before the account fails.',
    defaults.puppetLimits.restartsPerHour,
  ),
})

const start = {
  enabled: key(z.boolean(), 'Whether the account is started.', defaults.enabled),
  name: key(z.string().min(1).max(maxNameLength), 'A label for display. It has no other effect.'),
  puppet: key(
    puppetSchema,
    'The Wechaty backend, by npm package name. Short names: "ilink" (Tencent\'s official bot API), "service" (a hosted puppet), "wechat" and "wechat4u" (web WeChat), "mock".',
    defaults.puppet,
  ),
  puppetOptions: key(
    z.record(z.string(), z.unknown()),
    'Options of the puppet, e.g. `token`, `endpoint`, `baseUrl`. Keep secrets in environment variables.',
  ),
  puppetLimits: key(
    puppetLimits,
    'Limits of a puppet that runs in its own process. These are all puppets except "ilink" and "service".',
  ),
  puppetAccess: key(
    z.enum(puppetAccesses),
    'What a puppet in its own process may do on this machine. "own": read its packages and use its own folders, and no more; it can start no program. "user": all that the gateway\'s user may. Default: "user" for a puppet that is known to start a browser, else "own".',
  ),
  qrCode: key(
    z.boolean(),
    'Whether the login QR code is drawn in the terminal, log and dashboard. false: the status shows only its link.',
    defaults.qrCode,
  ),
  botAgent: key(
    z
      .string()
      .max(maxBotAgentLength)
      .regex(botAgent, { error: 'expected products as in a User-Agent, such as "MyBot/1.2.0 (region=cn)"' }),
    "iLink only: the name that the bot reports to the backend, in the style of a User-Agent. It appears in Tencent's logs and has no other effect.",
  ),
}

const policy = {
  dmPolicy: key(
    z.enum(['pairing', 'allowlist', 'open', 'disabled']),
    'Who may talk to the bot in a direct chat. pairing: a new sender gets a code that you approve; allowlist: only `allowFrom`; open: every user; disabled: no user.',
    defaults.dmPolicy,
  ),
  pairingPreview: key(
    z.boolean(),
    'Whether `moltbot pairing list` shows the display name and the first words of a person who asks for pairing. They are stored with the request, for at most one hour, and never given to the agent.',
    defaults.pairingPreview,
  ),
  allowFrom: key(
    idList,
    'User ids that may always talk to the bot in a direct chat. "*" is every user, which also disables pairing.',
    [],
  ),
  groupPolicy: key(
    z.enum(['open', 'allowlist', 'disabled']),
    'Which groups the bot listens to. open: every group, or only those in `groups` if it has entries; allowlist: only those in `groups`; disabled: none.',
    defaults.groupPolicy,
  ),
  groupAllowFrom: key(
    idList,
    'User ids that the bot listens to in a group, "*" for every user. Without this key: every member of an admitted group.',
  ),
  groups: key(
    idMapSchema('group', groupEntrySchema, maxGroups),
    'Rules by group id. "*" applies to every group; the keys of a group\'s own entry replace those of "*".',
  ),
  dms: key(
    idMapSchema('user', dmEntrySchema, maxListEntries),
    'Rules for one user in a direct chat, by user id.',
  ),
  mentionPatterns: key(mentionPatternsSchema, mentionPatternsSchema.description ?? ''),
}

/** Also a section of the gateway's own configuration, which describes it for all channels. */
const limits = z.strictObject({
  turnsPerHour: key(
    z.int().min(0).max(maxTurnsPerHour),
    '`limits.turnsPerHour` of the gateway for this account.',
  ),
  messageChars: key(
    z.int().min(minMessageChars).max(maxMessageChars),
    '`limits.messageChars` of the gateway for this account.',
  ),
})

const memory = {
  limits: key(
    limits,
    'Limits of one conversation. A key that is missing here comes from `limits` of the gateway.',
  ),
  historyLimit: key(
    historyLimit,
    "Messages of a group since the bot's last reply there that the agent sees as context. 0: none.",
    defaults.historyLimit,
  ),
  dmHistoryLimit: key(
    historyLimit,
    'Earlier turns of a direct chat that the agent sees. 0: no limit.',
    defaults.dmHistoryLimit,
  ),
  retentionDays: key(
    z.number().min(0).max(maxRetentionDays),
    'Days for which the texts of finished messages and replies are stored. 0: only the texts of unfinished ones.',
    defaults.retentionDays,
  ),
}

const ageMs = z.int().min(minAgeMs).max(maxAgeMs)

/** One number counts for direct chats and groups. */
const agesMs = (subject: string, fallback: { readonly direct: number; readonly group: number }) =>
  z.union([
    ageMs,
    z.strictObject({
      direct: key(ageMs, `${subject} in a direct chat, in milliseconds.`, fallback.direct),
      group: key(ageMs, `${subject} in a group, in milliseconds.`, fallback.group),
    }),
  ])

const ages = {
  maxReplyAgeMs: key(
    agesMs('How long a reply may wait to be sent', defaults.maxReplyAgeMs),
    'How long a reply that cannot be sent is kept, in milliseconds: one number, or `{direct, group}`. An older one is given up, and the user is told as soon as possible.',
  ),
  maxMessageAgeMs: key(
    agesMs('How long a message may wait for its turn', defaults.maxMessageAgeMs),
    'How old a message may be when its turn comes, in milliseconds: one number, or `{direct, group}`. An older one, for example after an outage, is stored as history and not answered.',
  ),
}

const replies = {
  maxMessagesPerReply: key(
    z.int().min(1).max(maxRepliesPerTurn),
    'The most messages that the text of one reply becomes. The rest follows as one file.',
    defaults.maxMessagesPerReply,
  ),
  textChunkLimit: key(
    z.int().min(minChunkChars).max(maxChunkChars),
    "Longest message, in characters as WeChat counts them. If the puppet's own limit is smaller, that limit applies.",
    defaults.textChunkLimit,
  ),
  chunkMode: key(
    z.enum(['length', 'newline']),
    'How a long reply is split. length: into as few messages as possible; newline: at blank lines first.',
    defaults.chunkMode,
  ),
  streamMode: key(
    z.enum(['off', 'partial', 'block']),
    'Whether a reply is sent while it is being written. WeChat cannot edit a message, so "partial" is the same as "off"; "block" sends each block as soon as it is ready.',
    defaults.streamMode,
  ),
  blockStreaming: key(z.boolean(), 'true is the same as `streamMode: "block"`.', defaults.blockStreaming),
  draftChunk: key(
    draftChunk,
    'Size of a block when replies are sent block by block, within `textChunkLimit`.',
  ),
  mediaMaxMb: key(
    z.number().positive().max(maxMediaMb),
    'Largest media file that is downloaded or sent, in MiB. A larger file is reported to the user and the agent.',
    defaults.mediaMaxMb,
  ),
  replyLanguage: key(
    z.enum(['auto', 'en', 'zh-CN']),
    "Language of the channel's own notices. auto: Chinese if the sender writes Chinese, otherwise both languages.",
    defaults.replyLanguage,
  ),
  webhooks: key(
    webhooksSchema,
    'Programs of yours that are told by signed HTTP requests (Standard Webhooks) what happens to the account.',
    [],
  ),
}

export const accountKeys = { ...start, ...policy, ...memory, ...ages, ...replies }
