/**
 * Times and forecasts in words, for the agent, which says back to the person what was understood.
 */

import type { SendForecast } from '@moltbot/channel-sdk'
import { timeInWords } from '../time-zone.ts'
import type { Schedule } from './schedule.ts'
import { dueAfter, type When } from './when.ts'

/** Due times of a repeated schedule that are told, so that a misunderstanding shows. */
const timesTold = 3
const minuteMs = 60_000

/** @param nextMs the next due time */
export function whenInWords(when: When, nextMs: number | undefined, timeZone: string): string {
  if (nextMs === undefined) return 'not due again'
  if ('atMs' in when) return `once: ${timeInWords(nextMs, timeZone)}`
  const rule = 'cron' in when ? `cron "${when.cron}"` : `every ${when.everyMs / minuteMs} minutes`
  const times = [nextMs]
  while (times.length < timesTold) {
    const next = dueAfter(when, times.at(-1) ?? nextMs)
    if (next === undefined) break
    times.push(next)
  }
  return `${rule}; next: ${times.map((ms) => timeInWords(ms, timeZone)).join('; ')}`
}

export function scheduleInWords(schedule: Schedule): string {
  const { id, content, when, nextMs, timeZone, isPaused } = schedule
  const what = content.kind === 'text' ? 'sends' : 'runs the agent with'
  const state = isPaused ? ' (paused by the operator)' : ''
  return `${id}${state}: ${what} ${JSON.stringify(content.text)}; ${whenInWords(when, nextMs, timeZone)}`
}

/** What will become of a message at that time, as far as it can be known now. */
export function expectation(forecast: SendForecast, nextMs: number, timeZone: string): string {
  if (forecast.outcome === 'refused') return `It will not be sent: ${forecast.reason}.`
  const { window } = forecast
  if (forecast.outcome === 'queued' && window === undefined)
    return `At present messages wait: ${forecast.wait.reason}.`
  if (window === undefined || (nextMs < window.closesMs && window.left > 0))
    return 'It will be sent at that time.'
  const until = timeInWords(window.closesMs, timeZone)
  return `WeChat lets a bot write for a limited time after a person's message, here until ${until}. If the person has not written again by then, the message waits until they write, and is then sent first. Tell them so in one short sentence.`
}
