// Every cap and every duration of the protocol that the simulator knows, in one place.

/** How long the real service holds a long poll. */
export const defaultHoldMs = 35_000
/** A status poll of a QR code is held much shorter, so that a client that polls by hand is not stuck. */
export const defaultQrHoldMs = 2_000
/** A QR code dies after about two minutes. */
export const defaultQrLifeMs = 120_000
/** Wrong digits that the phone accepts before it blocks the code. */
export const wrongCodesBeforeBlock = 3

/** Messages a bot may send for each message of its user. */
export const defaultQuota = 10
/** How long after the last message of its user a bot may send. */
export const defaultWindowMs = 24 * 60 * 60 * 1000
/** Cool-down of the profile `rate-penalty`. */
export const defaultPenaltyMs = 30 * 60 * 1000
/** The profile `push-budget`: 5 to 6 a day were reported. */
export const defaultPushQuota = 5
/** A message that comes so long after the user's last one is a push. */
export const pushAfterMs = 5 * 60 * 1000
export const pushPeriodMs = 24 * 60 * 60 * 1000
export const maxPushesCounted = 1_000
/** The profile `twenty-then-burst` shows so many messages after the user's last one, and holds the rest. */
export const burstAfterSends = 20
export const maxHeldForBurst = 1_000
/** The words for a text that is too long, and in some reports for a closed window and a used-up budget. */
export const prepareFailed = { ret: -2, errmsg: 'prepare failed' } as const
/** 5,000 characters went through the real service, 7,337 were refused with "prepare failed". */
export const maxTextChars = 5_000
/** Longer texts were accepted by the real service, yet people reported that they never arrived. */
export const surelyShownTextChars = 2_374
/** An answer whose connection breaks so soon after it counts as handed over only when the client's cursor says so. */
export const deliveryConfirmMs = 10_000
/** In "duplicate" delivery a message comes a second time after this. */
export const duplicateAfterMs = 1_000

/** Messages in one getupdates answer. */
export const maxUpdatesPerReply = 500
/** Undelivered messages a bot may have; the control API refuses more. */
export const maxPendingMessages = 100_000
/** Delivered messages kept for "replay". */
export const maxReplayMessages = 10_000
/** Answers of one bot that its client has not yet shown to have. */
export const maxUnconfirmed = 256
/** Polls of one bot held at a time; the oldest is answered empty. */
export const maxWaiters = 8
/** Context tokens remembered for one conversation. */
export const maxContextTokens = 64
/** client_ids remembered for one bot. */
export const maxClientIds = 10_000
/** Messages remembered so that a later one can quote them. */
export const maxQuotable = 10_000
/** Bots, their conversations, and QR codes that one simulator holds. */
export const maxBots = 10_000
export const maxConversationsPerBot = 1_000
export const maxQrCodes = 1_000
/** Local tokens a login request may name. */
export const maxLocalTokens = 10

export const maxRecordedRequests = 10_000
export const maxRecordedSent = 20_000
export const maxRecordedHeard = 1_000
/** How long a request for sent messages may be held; the control client gives up after 30 seconds. */
export const maxSentWaitMs = 25_000
/** A longer body is recorded as the beginning of its text. */
export const maxRecordedBodyChars = 32_000
export const maxFaults = 1_000

export const maxWireBodyBytes = 1024 * 1024
export const maxControlBodyBytes = 32 * 1024 * 1024
/** A `delay` fault. */
export const maxDelayMs = 60 * 60 * 1000
/** A client that stops sending in the middle of a request is cut off after this. */
export const requestTimeoutMs = 120_000
/** Longer than a client's pause between two polls, so that a reused connection is not closed under it. */
export const keepAliveMs = 75_000

/** One encrypted file. */
export const maxUploadBytes = 256 * 1024 * 1024
/** All encrypted files together; the oldest leave first. */
export const maxMediaBytes = 512 * 1024 * 1024
/** Permissions to upload that are remembered. */
export const maxUploads = 10_000
