/**
 * Whether TZ names a time zone. Node takes an unknown one for UTC without a word, and every time that is shown or that
 * the agent tells is then hours off.
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

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

function nearest(name: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone')
  const best = closest(name, zones)
  return distance(name, best) <= maxSlips ? best : undefined
}
