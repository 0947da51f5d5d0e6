/**
 * The one format in which people read a time: local, with its zone, such as `2026-11-28 17:48:25 +08:00`. Programs get
 * ISO 8601 in UTC, or milliseconds.
 */

/** @param ms since the epoch */
export function localTime(ms: number): string {
  const time = new Date(ms)
  const zoneMinutes = -time.getTimezoneOffset()
  const date = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join('-')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':')
  const zone = [Math.trunc(Math.abs(zoneMinutes) / 60), Math.abs(zoneMinutes) % 60].map(twoDigits).join(':')
  return `${date} ${clock} ${zoneMinutes < 0 ? '-' : '+'}${zone}`
}

const twoDigits = (part: number) => String(part).padStart(2, '0')
