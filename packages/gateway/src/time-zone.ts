/**
 * Time zones: their names, the one of this machine, and times in them. Node takes an unknown TZ for UTC without a word, and
 * every time that is shown or that the agent tells is then hours off.
 */

import { closest, distance } from 'fastest-levenshtein'

/** Names that people write, and the zone that they mean. */
const usualSlips: Readonly<Record<string, string>> = {
  'Asia/Beijing': 'Asia/Shanghai',
  'Asia/Peking': 'Asia/Shanghai',
  'Asia/Shenzhen': 'Asia/Shanghai',
  'Asia/Guangzhou': 'Asia/Shanghai',
  Beijing: 'Asia/Shanghai',
  Shanghai: 'Asia/Shanghai',
  China: 'Asia/Shanghai',
  CST: 'Asia/Shanghai',
  北京: 'Asia/Shanghai',
  上海: 'Asia/Shanghai',
}
/** Two letters swapped count as two. */
const maxSlips = 3
/** POSIX rules, such as `CST-8`, are read by the system. They count westwards: `UTC+8` is eight hours behind UTC. */
const posixRule = /^[A-Za-z]{3,}[+-]?\d/
const backwards = /^(?:UTC|GMT)[+-]?\d/i

/** What is wrong with TZ, as one sentence for the operator; undefined where nothing is. */
export function timeZoneProblem(tz: string | undefined): string | undefined {
  const name = tz?.replace(/^:/, '')
  if (!name || name.startsWith('/')) return undefined
  const shown = `TZ=${JSON.stringify(name)}`
  if (backwards.test(name)) {
    return `${shown} counts westwards (UTC+8 is eight hours behind UTC); write the name of a time zone, such as "Asia/Shanghai"`
  }
  if (posixRule.test(name) || isTimeZone(name)) return undefined
  const meant = usualSlips[name] ?? nearest(name)
  const advice = meant === undefined ? 'write a name such as "Asia/Shanghai"' : `did you mean "${meant}"?`
  return `${shown} is not a time zone, so times are in UTC; ${advice}`
}

/** The time zone of this machine for `Intl`: its IANA name, or its offset where the system gives no name. */
export function machineTimeZone(now: Date): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  if (timeZone !== undefined && isTimeZone(timeZone)) return timeZone
  const east = -now.getTimezoneOffset()
  const part = (minutes: number) => String(Math.floor(Math.abs(minutes))).padStart(2, '0')
  return east === 0 ? 'UTC' : `${east < 0 ? '-' : '+'}${part(Math.abs(east) / 60)}:${part(east % 60)}`
}

function nearest(name: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone')
  const best = closest(name, zones)
  return distance(name, best) <= maxSlips ? best : undefined
}

/** Each row of a schedule names one, and `Intl` is slow to know it. */
const known = new Set<string>()
const maxKnown = 1_000

export function isTimeZone(name: string): boolean {
  if (known.has(name)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false
  }
  if (known.size >= maxKnown) known.clear()
  known.add(name)
  return true
}

export const noSuchZone = (name: string) =>
  `there is no time zone ${JSON.stringify(name)}; give an IANA name such as "Asia/Shanghai"`

/**
 * For the agent, such as `Monday, 2026-12-28 08:00 (Asia/Shanghai)`.
 * @param isExact with the second and the offset: `Monday, 2026-12-28 08:00:00 GMT+08:00 (Asia/Shanghai)`
 */
export function timeInWords(atMs: number, timeZone: string, isExact = false): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(atMs)
  const part = (wanted: Intl.DateTimeFormatPartTypes) => parts.find(({ type }) => type === wanted)?.value
  const date = `${part('year')}-${part('month')}-${part('day')}`
  const exactly = isExact ? `:${part('second')} ${part('timeZoneName')}` : ''
  return `${part('weekday')}, ${date} ${part('hour')}:${part('minute')}${exactly} (${timeZone})`
}
