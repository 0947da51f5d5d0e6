/**
 * Defaults and limits of the keys under `channels.wechat`. The schema shows the defaults to editors and the manual, and
 * `resolve.ts` applies them.
 */

export const defaults = {
  enabled: true,
  puppet: 'wechaty-puppet-wechat',
  puppetLimits: { maxMemoryMb: 2_048, restartsPerHour: 30 },
  qrCode: true,
  dmPolicy: 'pairing',
  pairingPreview: true,
  groupPolicy: 'open',
  historyLimit: 20,
  dmHistoryLimit: 10,
  textChunkLimit: 2048,
  chunkMode: 'length',
  streamMode: 'partial',
  blockStreaming: false,
  draftChunk: { minChars: 200, maxChars: 800 },
  mediaMaxMb: 25,
  replyLanguage: 'auto',
  retentionDays: 7,
  maxReplyAgeMs: { direct: 24 * 60 * 60_000, group: 30 * 60_000 },
  maxMessageAgeMs: { direct: 24 * 60 * 60_000, group: 10 * 60_000 },
  maxMessagesPerReply: 10,
} as const

/** The account that exists when the configuration names none. */
export const soleAccountId = 'default'

/*
 * Limits, far beyond any real use. They keep a generated or damaged file from filling memory or a folder name.
 */

export const maxAccounts = 100_000
export const maxListEntries = 10_000
export const maxGroups = 1_000
export const maxIdLength = 256
export const maxNameLength = 100
export const maxPatterns = 50
export const maxPatternLength = 500
/** Instructions of a compiled pattern: about one for each literal character, multiplied by repeats. */
export const maxPatternSize = 1_000
export const maxPromptLength = 20_000
export const maxToolNames = 500
export const maxBotAgentLength = 256
export const maxHistoryMessages = 1_000
/** A chunk must have room for the longest unit that is never split, such as a family emoji, with a fence around it. */
export const minChunkChars = 16
export const maxChunkChars = 100_000
/** A puppet's process does not start with less. */
export const minPuppetMemoryMb = 192
export const maxPuppetMemoryMb = 65_536
export const maxPuppetRestarts = 3_600
export const maxMediaMb = 1_024
export const maxRetentionDays = 3_650
export const minAgeMs = 1_000
/** The backend forgets what is older, and so does de-duplication. */
export const maxAgeMs = 7 * 24 * 60 * 60_000
export const maxRepliesPerTurn = 100
/** A message with fewer characters is no long one. */
export const minMessageChars = 100
export const maxMessageChars = 1_000_000
export const maxTurnsPerHour = 100_000
