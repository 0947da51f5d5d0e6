/**
 * A QR code in block characters, for terminals.
 */

import { drawModules } from '@moltbot/channel-sdk'
import { encode } from 'uqr'

/** With the quiet zone that scanners want. */
export function drawQr(text: string): string {
  return drawModules(encode(text, { border: 2 }).data)
}
