/**
 * What holds for an account that says nothing: the one home of every default under `channels.wechat`.
 * The schema shows them to editors and the manual, `resolve.ts` applies them.
 */

export const defaults = {
  enabled: true,
  puppet: 'wechaty-puppet-wechat',
  puppetLimits: { maxMemoryMb: 2_048, restartsPerHour: 30 },
  qrCode: true,
  dmPolicy: 'pairing',
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
} as const

/** The account that exists when the configuration names none. */
export const soleAccountId = 'default'
