/**
 * Whether the clock of this machine agrees with those of the servers that answered.
 */

import type { Finding } from '@moltbot/channel-sdk'
import { english } from '../language/speech.ts'

const msPerMinute = 60_000
/** As a channel warns of it. */
const clockToleranceMs = 5 * msPerMinute

/** @param offsetsMs how far each server is ahead. The median counts: one of them may be wrong. */
export function clockFindings(offsetsMs: readonly number[]): Finding[] {
  const offsetMs = offsetsMs.toSorted((a, b) => a - b)[Math.floor(offsetsMs.length / 2)]
  if (offsetMs === undefined)
    return [{ status: 'ok', message: english('no server was reached to compare the clock with') }]
  if (Math.abs(offsetMs) < clockToleranceMs)
    return [{ status: 'ok', message: english('the clock agrees with the servers') }]
  const minutes = Math.round(Math.abs(offsetMs) / msPerMinute)
  const message =
    offsetMs > 0
      ? english('the clock of this machine is {minutes} minutes behind', { minutes })
      : english('the clock of this machine is {minutes} minutes ahead', { minutes })
  const advice = english('set the clock, for example with NTP: certificates, logs and schedules depend on it')
  return [{ status: 'problem', message, advice }]
}
