/**
 * Limits of one conversation: the account's own, else the gateway's, else these defaults.
 */

import type { ConversationKind, ConversationLimits } from '@moltbot/channel-sdk'

const defaultTurnsPerHour: Readonly<Record<ConversationKind, number>> = { direct: 120, group: 60 }
const defaultMessageChars = 20_000

/** In the order in which they apply; they are read at each use, since the gateway's may change. */
export type LimitLevels = () => readonly (ConversationLimits | undefined)[]

/** Turns of a conversation within an hour. Infinity: any number. */
export function turnsPerHourOf(kind: ConversationKind, levels: LimitLevels): number {
  const written = first(levels, ({ turnsPerHour }) => turnsPerHour) ?? defaultTurnsPerHour[kind]
  return written === 0 ? Number.POSITIVE_INFINITY : written
}

/** UTF-16 units of one message that are read as its text. */
export function messageCharsOf(levels: LimitLevels): number {
  return first(levels, ({ messageChars }) => messageChars) ?? defaultMessageChars
}

function first<Value>(
  levels: LimitLevels,
  read: (level: ConversationLimits) => Value | undefined,
): Value | undefined {
  return levels()
    .map((level) => level && read(level))
    .find((value) => value !== undefined)
}
