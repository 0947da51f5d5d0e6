/**
 * What a message that a bot sends by itself would become now. Pure.
 */

import {
  type Conversation,
  type ExplainedDecision,
  type ExplainRequest,
  localTime,
  type SendForecast,
  type SendWait,
  type SendWindowFacts,
} from '@moltbot/channel-sdk'

/** Facts of the moment about one account and one conversation. */
export interface ForecastFacts {
  /** Why a message to them is not allowed at all; undefined: it is. */
  readonly refusal: string | undefined
  /** Why the account is not connected, and since when; undefined: it is. */
  readonly offline: { readonly reason: string; readonly sinceMs: number } | undefined
  /** The account pauses after a refusal. */
  readonly pause: { readonly sinceMs: number; readonly untilMs: number } | undefined
  /** The latest sends were accepted and not confirmed. */
  readonly isSilent: boolean
  /** `never`: the person has not written yet. Undefined: the backend has no window. */
  readonly window: SendWindowFacts | 'never' | undefined
  /** Messages that are queued in the conversation. */
  readonly waiting: number
  readonly nowMs: number
}

export function forecastOf(facts: ForecastFacts): SendForecast {
  const { refusal } = facts
  if (refusal !== undefined) return { outcome: 'refused', code: 'not-admitted', reason: refusal }
  const window = windowLeft(facts)
  const wait = waitOf(facts, window)
  const known = window === undefined || window === 'never' ? {} : { window }
  return wait === undefined ? { outcome: 'sent', ...known } : { outcome: 'queued', wait, ...known }
}

/** Reasons of the policy against a group itself, whoever writes in it. */
const againstGroup: ReadonlySet<string> = new Set([
  'no-conversation',
  'groups-not-possible',
  'group-policy-disabled',
  'group-not-listed',
  'group-disabled',
])

/**
 * Why the policy admits no message of this person, or of anyone in this group; undefined: it does.
 * @param explain the policy's decision on a hypothetical message
 * @param isLoggedIn who owns the account, and who was approved with this login, is known. Until then a stranger may be one of them
 */
export async function refusalFor(
  conversation: Conversation,
  explain: (request: Omit<ExplainRequest, 'accountId'>) => Promise<ExplainedDecision>,
  isLoggedIn: boolean,
): Promise<string | undefined> {
  const { kind, id } = conversation
  const senderId = kind === 'direct' ? id : 'anyone'
  const { action, reason } = await explain({ conversation, senderId, mentioned: true, text: '' })
  const isRefused = kind === 'direct' ? action === 'pair' || action === 'drop' : againstGroup.has(reason)
  if (!isRefused || (reason === 'dm-unknown-sender' && !isLoggedIn)) return undefined
  return kind === 'direct'
    ? `this person is not admitted (${reason})`
    : `this group is not admitted (${reason})`
}

/** The window without what the queue will use of it. */
function windowLeft({ window, waiting }: ForecastFacts): ForecastFacts['window'] {
  if (window === undefined || window === 'never') return window
  return { ...window, left: Math.max(0, window.left - waiting) }
}

/** The longest wait first: what only the person ends, then what the account's state ends, then what time ends. */
function waitOf(facts: ForecastFacts, window: ForecastFacts['window']): SendWait | undefined {
  const { offline, pause, isSilent, nowMs } = facts
  if (window === 'never')
    return {
      cause: 'window',
      reason: 'the person has to write first; they have not written to this account yet',
    }
  if (window !== undefined && window.closesMs <= nowMs) return closed(window)
  if (window?.left === 0) return usedUp(window)
  if (offline !== undefined) return { cause: 'offline', ...offline }
  if (isSilent) return { cause: 'unconfirmed', reason: silent }
  return pause && { cause: 'rate', ...pause, reason: `the account pauses until ${localTime(pause.untilMs)}` }
}

const silent =
  'the backend accepts messages of this account without confirming them, and such messages usually do not arrive'

function closed({ closesMs }: SendWindowFacts): SendWait {
  const reason = `the person has to write first: the time in which the bot may write ended at ${localTime(closesMs)}`
  return { cause: 'window', sinceMs: closesMs, reason }
}

function usedUp({ openedMs }: SendWindowFacts): SendWait {
  const reason = `the person has to write first: the messages that are allowed after their last one, of ${localTime(openedMs)}, are used up`
  return { cause: 'quota', reason }
}
