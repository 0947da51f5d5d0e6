/**
 * Whether it is night for a person. Pure.
 */

/** @param span such as `22:00-08:00`; false: it is never night */
export function isQuiet(span: string | false, atMs: number, timeZone: string): boolean {
  if (span === false) return false
  const [from = 0, to = 0] = span.split('-').map(minutesOf)
  const now = minutesOf(clockIn(atMs, timeZone))
  return from <= to ? now >= from && now < to : now >= from || now < to
}

function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return hours * 60 + minutes
}

/** Such as `08:05`. */
export function clockIn(atMs: number, timeZone: string): string {
  return new Date(atMs).toLocaleTimeString('en', {
    timeZone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
  })
}
