/**
 * A QR code, dark on light whatever the colours of the page: phones do not scan others.
 */

import { encode } from 'uqr'
import { useSpeech } from '../core/language.tsx'

export function Qr({ text }: { readonly text: string }) {
  const { say } = useSpeech()
  const { size, data } = encode(text, { border: 3 })
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return (
    <svg
      class="qr"
      role="img"
      aria-label={say('QR code for the login')}
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  )
}
