/**
 * A QR code, dark on light whatever the colours of the page: phones do not scan others.
 */

import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'

export function Qr({ accountId }: { readonly accountId: string }) {
  const { say } = useSpeech()
  const rows = useFetched('qrCode', { accountId }, 'status').answer?.rows ?? []
  const dark = rows.flatMap((row, y) =>
    [...row].map((module, x) => (module === '1' ? `M${x} ${y}h1v1h-1z` : '')),
  )
  if (rows.length === 0) return null
  return (
    <svg
      class="qr"
      role="img"
      aria-label={say('QR code for the login')}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shape-rendering="crispEdges"
    >
      <rect width={rows.length} height={rows.length} fill="#fff" />
      <path d={dark.join('')} fill="#000" />
    </svg>
  )
}
