/**
 * A QR code in block characters, for terminals.
 */

import { renderUnicodeCompact } from 'uqr'

/** Lines of half blocks, dark on light whatever the terminal's colours, with the quiet zone that scanners want. */
export function drawQr(text: string): string {
  return renderUnicodeCompact(text, { border: 2 })
}
