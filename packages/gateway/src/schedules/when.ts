/**
 * When a schedule is due. Pure arithmetic over croner, which knows the time zones, the ends of months and leap days.
 */

import { Cron } from 'croner'
import { z } from 'zod'
import { isTimeZone } from '../time-zone.ts'

export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, 'there is no such time zone; give an IANA name such as "Asia/Shanghai"')

export const whenSchema = z.union([
  /** Once, milliseconds since the epoch. */
  z.strictObject({ atMs: z.int() }),
  /** A cron expression of five fields, in a time zone. */
  z.strictObject({ cron: z.string().max(200).refine(isCron, cronHint()), timeZone: timeZoneSchema }),
  /** Again and again, counted from a time. */
  z.strictObject({ everyMs: z.int().positive(), fromMs: z.int() }),
])
export type When = z.output<typeof whenSchema>

/** The first time after `afterMs`; undefined: never again. */
export function dueAfter(when: When, afterMs: number): number | undefined {
  if ('atMs' in when) return when.atMs > afterMs ? when.atMs : undefined
  if ('everyMs' in when) return nextInterval(when, afterMs)
  return cronOf(when).nextRun(new Date(afterMs))?.getTime()
}

/** The times from `fromMs` to `toMs`, newest first, the newest `most` of them. */
export function dueBetween(when: When, fromMs: number, toMs: number, most: number): number[] {
  if ('atMs' in when) return when.atMs >= fromMs && when.atMs <= toMs ? [when.atMs] : []
  const all = 'everyMs' in when ? lastIntervals(when, toMs, most) : lastOfCron(when, toMs, most)
  return all.filter((ms) => ms >= fromMs && ms <= toMs)
}

/** The shortest time between two of the next due times; undefined where there is one at most. */
export function shortestGapMs(when: When, nowMs: number): number | undefined {
  if ('atMs' in when) return undefined
  if ('everyMs' in when) return when.everyMs
  const next = cronOf(when)
    .nextRuns(gapsLookedAt, new Date(nowMs))
    .map((date) => date.getTime())
  const gaps = next.slice(1).map((ms, index) => ms - (next[index] ?? ms))
  return gaps.length === 0 ? undefined : Math.min(...gaps)
}

const gapsLookedAt = 100

function nextInterval({ everyMs, fromMs }: { everyMs: number; fromMs: number }, afterMs: number): number {
  const passed = Math.floor((afterMs - fromMs) / everyMs)
  return fromMs + Math.max(1, passed + 1) * everyMs
}

function lastIntervals(when: { everyMs: number; fromMs: number }, toMs: number, most: number): number[] {
  const newest = nextInterval(when, toMs) - when.everyMs
  const times = Array.from({ length: most }, (_, index) => newest - index * when.everyMs)
  return times.filter((ms) => ms > when.fromMs)
}

type CronWhen = Extract<When, { cron: string }>

/** Those before a time; the time itself may be one. Runs are at whole seconds. */
function lastOfCron(when: CronWhen, toMs: number, most: number): number[] {
  const before = cronOf(when).previousRuns(most, new Date(toMs + 1_000))
  return before.map((date) => date.getTime()).filter((ms) => ms <= toMs)
}

/** Parsed expressions that are due at some time. A process has few different ones, and reads them again with every row. */
const parsed = new Map<string, Cron>()
const maxParsed = 1_000

/** @throws for an expression that is none, or never due */
function cronOf({ cron, timeZone }: CronWhen): Cron {
  const key = `${timeZone} ${cron}`
  const known = parsed.get(key)
  if (known !== undefined) return known
  const made = new Cron(cron, { timezone: timeZone, mode: '5-part', paused: true })
  if (made.nextRun() === null) throw new RangeError('it is never due')
  if (parsed.size >= maxParsed) parsed.clear()
  parsed.set(key, made)
  return made
}

function isCron(cron: string): boolean {
  try {
    cronOf({ cron, timeZone: 'UTC' })
    return true
  } catch {
    return false
  }
}

function cronHint(): string {
  return 'this is no cron expression that is ever due; it has five fields: minute, hour, day of the month, month, day of the week, such as "0 8 * * 1-5"'
}
