// Content for media that a test orders by size: random, and with the first bytes of its kind.

import { randomBytes } from 'node:crypto'
import type { MediaKind } from './store.ts'

const pieceBytes = 64 * 1024

/** First bytes by which a reader tells PNG, MP4 and SILK. */
const magic: Record<MediaKind, Buffer> = {
  image: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  video: Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1'),
  voice: Buffer.from('\x02#!SILK_V3', 'latin1'),
  file: Buffer.alloc(0),
}

/** Pieces of `size` bytes in all; the same 64 KiB again and again, so that 100 MB cost little. */
export function* samplePieces(kind: MediaKind, size: number): Iterable<Buffer> {
  const piece = randomBytes(pieceBytes)
  yield magic[kind].subarray(0, size)
  for (let left = size - magic[kind].length; left > 0; left -= pieceBytes) yield piece.subarray(0, left)
}
