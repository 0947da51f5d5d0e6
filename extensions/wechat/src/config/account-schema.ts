/**
 * The keys of one account; each may stand at channel level too. None is filled in here: whether a key was written
 * decides which level wins.
 */

import { z } from 'zod'
import { defaults } from './defaults.ts'
import { dmEntrySchema, groupEntrySchema } from './entry-schemas.ts'
import { idMapSchema, idSchema } from './ids.ts'
import {
  maxBotAgentLength,
  maxChunkChars,
  maxGroups,
  maxHistoryMessages,
  maxListEntries,
  maxMediaMb,
  maxNameLength,
  maxPuppetMemoryMb,
  maxPuppetRestarts,
  maxRetentionDays,
  minChunkChars,
  minPuppetMemoryMb,
} from './limits.ts'
import { mentionPatternsSchema } from './patterns.ts'
import { puppetSchema } from './puppet-names.ts'

const idList = z.array(idSchema).max(maxListEntries)
const historyLimit = z.int().min(0).max(maxHistoryMessages)
const chunkChars = z.int().min(1).max(maxChunkChars)

/** Products as in a User-Agent, each with at most one comment: what the iLink backend takes unchanged. */
const product = String.raw`[\w.-]{1,32}/[\w.+-]{1,32}(?: \([ !-'*-~]{1,64}\))?`
const botAgent = new RegExp(`^${product}(?: ${product})*$`)

/** An optional key with the words that editors and the manual show, and its default where it has one. */
function key<Schema extends z.ZodType>(schema: Schema, description: string, fallback?: unknown) {
  return schema
    .exactOptional()
    .meta(fallback === undefined ? { description } : { description, default: fallback })
}

const draftChunk = z
  .strictObject({
    minChars: key(
      chunkChars,
      'A block is not sent before it has this many characters.',
      defaults.draftChunk.minChars,
    ),
    maxChars: key(
      chunkChars,
      'A block is sent at this many characters at the latest.',
      defaults.draftChunk.maxChars,
    ),
  })
  .superRefine((written, context) => {
    const { minChars, maxChars } = { ...defaults.draftChunk, ...written }
    if (minChars > maxChars) context.addIssue(`minChars (${minChars}) is more than maxChars (${maxChars})`)
  })

const puppetLimits = z.strictObject({
  maxMemoryMb: key(
    z.int().min(minPuppetMemoryMb).max(maxPuppetMemoryMb),
    'Resident memory of its processes, a browser included, in MiB. Above it they are ended and started anew.',
    defaults.puppetLimits.maxMemoryMb,
  ),
  restartsPerHour: key(
    z.int().min(0).max(maxPuppetRestarts),
    'How often its process may end by itself within an hour before the account is given up.',
    defaults.puppetLimits.restartsPerHour,
  ),
})

const start = {
  enabled: key(z.boolean(), 'Whether the account is started.', defaults.enabled),
  name: key(z.string().min(1).max(maxNameLength), 'A label for people; nothing else depends on it.'),
  puppet: key(
    puppetSchema,
    'The Wechaty backend, by npm package name. Short: "ilink" (Tencent\'s official bot API), "service" (a hosted puppet), "wechat" and "wechat4u" (web WeChat), "mock".',
    defaults.puppet,
  ),
  puppetOptions: key(
    z.record(z.string(), z.unknown()),
    'Handed to the puppet, e.g. `token`, `endpoint`, `baseUrl`. Keep secrets in environment variables.',
  ),
  puppetLimits: key(
    puppetLimits,
    'For a puppet that runs in a process of its own: each but "ilink" and "service".',
  ),
  qrCode: key(
    z.boolean(),
    'Whether the login QR code is drawn in the terminal, log and dashboard. false: its link only, in the status.',
    defaults.qrCode,
  ),
  botAgent: key(
    z
      .string()
      .max(maxBotAgentLength)
      .regex(botAgent, { error: 'expected products as in a User-Agent, such as "MyBot/1.2.0 (region=cn)"' }),
    "iLink only: how the bot names itself to the backend, in the style of a User-Agent. For Tencent's logs; it changes nothing else.",
  ),
}

const policy = {
  dmPolicy: key(
    z.enum(['pairing', 'allowlist', 'open', 'disabled']),
    'Who may talk to the bot in a direct chat. pairing: a new sender gets a code that you approve; allowlist: only `allowFrom`; open: everybody; disabled: nobody.',
    defaults.dmPolicy,
  ),
  allowFrom: key(
    idList,
    'User ids that may always talk to the bot in a direct chat. "*" is everybody, which also switches pairing off.',
    [],
  ),
  groupPolicy: key(
    z.enum(['open', 'allowlist', 'disabled']),
    'Which groups the bot hears. open: any, unless `groups` names some; allowlist: only those in `groups`; disabled: none.',
    defaults.groupPolicy,
  ),
  groupAllowFrom: key(
    idList,
    'User ids whom the bot hears in a group, "*" for everybody. Without this key: anyone in an admitted group.',
  ),
  groups: key(
    idMapSchema(groupEntrySchema, maxGroups),
    'Rules by group id. "*" holds for every group; a group\'s own entry is laid over it, key by key.',
  ),
  dms: key(idMapSchema(dmEntrySchema, maxListEntries), 'Rules for one person in a direct chat, by user id.'),
  mentionPatterns: key(mentionPatternsSchema, mentionPatternsSchema.description ?? ''),
}

const memory = {
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
    'Days that the channel keeps the texts of messages and replies that are done with. 0: only what is still open.',
    defaults.retentionDays,
  ),
}

const replies = {
  textChunkLimit: key(
    z.int().min(minChunkChars).max(maxChunkChars),
    "Longest message, in characters as WeChat counts them; the puppet's own limit holds if it is smaller.",
    defaults.textChunkLimit,
  ),
  chunkMode: key(
    z.enum(['length', 'newline']),
    'How a long reply is cut. length: as few messages as fit; newline: at blank lines first.',
    defaults.chunkMode,
  ),
  streamMode: key(
    z.enum(['off', 'partial', 'block']),
    'Whether a reply is sent while it is written. WeChat cannot edit a message, so "partial" is the same as "off"; "block" sends each block as it is ready.',
    defaults.streamMode,
  ),
  blockStreaming: key(z.boolean(), 'true is the same as `streamMode: "block"`.', defaults.blockStreaming),
  draftChunk: key(
    draftChunk,
    'Size of a block when replies are sent block by block, within `textChunkLimit`.',
  ),
  mediaMaxMb: key(
    z.number().positive().max(maxMediaMb),
    'Largest media file that is fetched or sent, in MiB. For a larger one the person and the agent are told.',
    defaults.mediaMaxMb,
  ),
  replyLanguage: key(
    z.enum(['auto', 'en', 'zh-CN']),
    "Language of the channel's own notices. auto: Chinese if the sender writes Chinese, else both.",
    defaults.replyLanguage,
  ),
  webhooks: z.never({ error: 'is not served yet in this version; remove it' }).exactOptional(),
}

export const accountKeys = { ...start, ...policy, ...memory, ...replies }
