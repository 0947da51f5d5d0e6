/**
 * A moment, in the zone of the browser: how long ago, and exactly when one points at it.
 */

import { useEffect, useState } from 'preact/hooks'
import { htmlLanguage, useSpeech } from '../core/language.tsx'

const drawnEveryMs = 15_000
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

export function Time({ ms }: { readonly ms: number }) {
  const { language } = useSpeech()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), drawnEveryMs)
    return () => clearInterval(timer)
  }, [])
  const locale = htmlLanguage[language]
  const exactly = new Date(ms).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' })
  return (
    <time dateTime={new Date(ms).toISOString()} title={exactly}>
      {relative(ms - now, locale)}
    </time>
  )
}

function relative(ms: number, locale: string): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const [unit, size] = units.find(([, size]) => Math.abs(ms) >= size) ?? ['second', 1_000]
  return format.format(Math.trunc(ms / size), unit)
}
