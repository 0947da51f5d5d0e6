/**
 * When a person is asked for a word, because the time in which the bot may write to them ends before something that is
 * scheduled for them. Pure.
 */

import type { SendForecast } from '@moltbot/channel-sdk'
import { isQuiet } from './quiet-hours.ts'

/** So long before the end of the window. */
export const nudgeBeforeMs = 30 * 60_000

export interface NudgeFacts {
  readonly forecast: SendForecast
  /** When the next schedule of the person is due. */
  readonly nextMs: number
  readonly nowMs: number
  readonly quietHours: string | false
  readonly timeZone: string
}

/** @returns when the window opened, which names it: there is one nudge for each; undefined: no nudge now */
export function nudgeFor({ forecast, nextMs, nowMs, quietHours, timeZone }: NudgeFacts): number | undefined {
  if (forecast.outcome !== 'sent' || forecast.window === undefined) return undefined
  const { openedMs, closesMs, left } = forecast.window
  const isSoon = closesMs > nowMs && closesMs - nowMs <= nudgeBeforeMs
  // What is due before the end needs no word, but may need the last send.
  if (!isSoon || nextMs < closesMs || left < 1) return undefined
  return isQuiet(quietHours, nowMs, timeZone) ? undefined : openedMs
}
