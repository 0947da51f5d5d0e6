// What becomes of a message that passed the checks of its content. Nobody but users has described how the service limits
// sends, and their reports differ; each profile is one of the reported behaviours. The README names the reports.

import {
  burstAfterSends,
  maxHeldForBurst,
  maxPushesCounted,
  prepareFailed,
  pushAfterMs,
  pushPeriodMs,
} from '../limits.ts'
import type { Settings } from '../settings.ts'
import type { Bot } from './bots.ts'
import { type Conversation, type Refusal, refusalOf } from './conversations.ts'

export type Attempt = {
  bot: Bot
  conversation: Conversation
  contextToken: string
  nowMs: number
  settings: Settings
}

/** `lost`: accepted without an id and never shown. `held`: accepted, and shown when the user writes next. */
export type Verdict = Refusal | 'shown' | 'lost' | 'held'

export const profiles = {
  documented: (attempt) => refused(attempt) ?? 'shown',

  'prepare-failed-window': (attempt) => inOtherWords(refused(attempt)) ?? 'shown',

  /** Too many sends begin a cool-down for the whole account, and each attempt during it begins it again. */
  'rate-penalty': (attempt) => {
    const { bot, conversation, nowMs, settings } = attempt
    const isOver = bot.penaltyUntilMs !== undefined && nowMs >= bot.penaltyUntilMs
    if (isOver) {
      bot.penaltyUntilMs = undefined
      conversation.sentSinceHeard = 0
    }
    const refusal = bot.penaltyUntilMs === undefined ? refused(attempt) : rateLimited
    if (refusal?.errmsg === rateLimited.errmsg) bot.penaltyUntilMs = nowMs + settings.penaltyMs
    return refusal ?? 'shown'
  },

  'silent-account': (attempt) => refused(attempt) ?? 'lost',

  /** A message long after the user's last one is a push; an account has a number of them for a day. */
  'push-budget': (attempt) => {
    const { bot, conversation, nowMs, settings } = attempt
    const refusal = refused(attempt)
    if (refusal || nowMs - (conversation.lastHeardMs ?? nowMs) <= pushAfterMs) return refusal ?? 'shown'
    bot.pushedAtMs = bot.pushedAtMs.filter((atMs) => atMs > nowMs - pushPeriodMs).slice(-maxPushesCounted)
    if (bot.pushedAtMs.length >= settings.pushQuota) return prepareFailed
    bot.pushedAtMs.push(nowMs)
    return 'shown'
  },

  'twenty-then-burst': (attempt) => {
    const { conversation, settings } = attempt
    const refusal = refused({ ...attempt, settings: { ...settings, quota: Infinity } })
    if (refusal) return refusal
    const isHeld = conversation.sentSinceHeard >= burstAfterSends
    return isHeld && conversation.held.length < maxHeldForBurst ? 'held' : 'shown'
  },
} as const satisfies Record<Settings['profile'], (attempt: Attempt) => Verdict>

const rateLimited: Refusal = { ret: -2, errmsg: 'rate limited' }

function refused({ conversation, contextToken, nowMs, settings }: Attempt): Refusal | undefined {
  return refusalOf(conversation, contextToken, nowMs, settings)
}

/** A closed window and a used-up quota in the words that also mean "too long". */
function inOtherWords(refusal: Refusal | undefined): Refusal | undefined {
  return refusal === undefined || refusal.errmsg === 'unknown error' ? refusal : prepareFailed
}
