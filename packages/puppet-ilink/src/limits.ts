/**
 * Every cap and time-out of the puppet, in one place. Facts about the service name their source.
 */

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const mebibyte = 1024 * 1024

/** Tencent publishes 10 messages down for each one up, within 24 h of it. */
export const sendBudget = { sends: 10, windowMs: 24 * hourMs } as const

/** UTF-16 units. 5,000 have passed and 2,400 have been lost; 2,000 always arrived. */
export const maxTextLength = 2_000

/** The most that Tencent's own client stores. */
export const maxMediaBytes = 100 * mebibyte

/** Faster bursts have been refused as "rate limited". */
export const minSendGapMs = secondMs

export const timeouts = {
  sendMs: 15 * secondMs,
  uploadUrlMs: 15 * secondMs,
  configMs: 10 * secondMs,
  typingMs: 10 * secondMs,
  notifyMs: 10 * secondMs,
  qrCodeMs: 15 * secondMs,
  /** The server holds a status poll for up to 35 s. */
  qrStatusMs: 45 * secondMs,
  /** How long `stop` waits for the farewell calls (typing off, notifystop). */
  farewellMs: 2 * secondMs,
} as const

export const longPoll = {
  /** The hold that the server is assumed to use until it suggests one. */
  defaultHoldMs: 35 * secondMs,
  maxHoldMs: 100 * secondMs,
  /** If server and client gave up in the same second, answers would be lost; so the client waits longer. */
  marginMs: 10 * secondMs,
  backoff: { firstMs: secondMs, maxMs: 30 * secondMs },
  /** A server that does not hold at all is not asked more often than this. */
  minEmptyMs: 250,
  /** Time between heartbeats while polling waits for the consumer; a third of the watchdog's time where that is less. */
  heartbeatMs: 30 * secondMs,
  /** Time until messages that cannot be received are asked for again, such as a batch over `bodies.updatesBytes`. */
  retryUnreadableMs: 15 * minuteMs,
  /** How long after a stop an answer is still read. One that has arrived is there within it. */
  lateAnswerMs: 50,
  /** Failures in a row before an `error` event reports that messages are not arriving. */
  failuresBeforeError: 3,
} as const

/** Longer than the longest poll, so that Wechaty's watchdog does not restart a puppet that is only waiting. */
export const watchdogSeconds = 150

export const qr = {
  /** An unscanned code expires after about 120 s; a new one is shown before that. */
  refreshAfterMs: 110 * secondMs,
  /** A scanned code waits for its person, but not indefinitely. */
  maxLifeMs: 5 * minuteMs,
  pollGapMs: secondMs,
  backoff: { firstMs: 2 * secondMs, maxMs: minuteMs },
  maxLocalTokens: 10,
} as const

export const typing = {
  keepAliveMs: 5 * secondMs,
  ticketTtlMs: 24 * hourMs,
  backoff: { firstMs: 2 * secondMs, maxMs: hourMs },
  /** A typing state that is never switched off ends by itself after this time. */
  maxOnMs: 10 * minuteMs,
  maxTickets: 1_000,
  /** Conversations that show typing at the same time. */
  maxActive: 1_000,
} as const

export const bodies = {
  /** A batch of messages: 500 of 36 kB, each quoting another of that size, with escapes for their characters, are 72 MB. */
  updatesBytes: 128 * mebibyte,
  replyBytes: mebibyte,
} as const

export const storeLimits = {
  /** Messages stored for lookups and quotes; unacknowledged ones are stored in any case. */
  recentMessages: 10_000,
  /** Unacknowledged messages at which polling waits for the consumer, where it does not wait for all of them. */
  maxPending: 10_000,
  /** Ids remembered against duplicates. */
  seenTtlMs: 48 * hourMs,
  maxSeen: 1_000_000,
  maxWindows: 50_000,
  /** Entries set aside because they could not be read. */
  maxDamaged: 1_000,
  /** Messages held in memory, so that a hand-over reads nothing back. */
  cachedMessages: 1_000,
  /** Send windows held in memory. */
  cachedWindows: 1_000,
  pruneEveryMs: 10 * minuteMs,
  /** Where nothing was stored since, and old entries only grow older. */
  pruneAtRestEveryMs: 6 * hourMs,
  /** How long an acknowledgement may wait for a write that takes it along. */
  ackFlushMs: 200,
  /** Pauses between attempts to write a batch that could not be stored. */
  retry: { firstMs: 200, maxMs: 5 * secondMs },
  /** Entries read at a time. */
  pageSize: 200,
} as const

/** Files stored for consumers to read; the oldest are deleted first. */
export const mediaFolderLimits = { maxFiles: 200, maxBytes: 1024 * mebibyte } as const

/** Pause after "too many" without a time. Cool-downs of 15 s to 30 min have been reported after "rate limited". */
export const rateLimitRetryMs = 30_000
