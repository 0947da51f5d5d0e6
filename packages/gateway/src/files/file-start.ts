/**
 * Reads the start of a file, and tells its format by that.
 */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** At most `maxBytes` of a file that is no link. */
export async function readStart(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await file.stat()
    const buffer = new Uint8Array(Math.min(size, maxBytes))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Formats by how files begin, in hexadecimal. */
const signatures = {
  image: [
    ['image/png', /^89504e470d0a1a0a/],
    ['image/jpeg', /^ffd8ff/],
    ['image/gif', /^474946383[79]61/],
    ['image/webp', /^52494646.{8}57454250/],
  ],
  document: [
    ['pdf', /^(?:efbbbf)?255044462d/],
    ['office', /^504b0304/],
    ['old-office', /^d0cf11e0a1b11ae1/],
  ],
  voice: [
    ['audio/wav', /^52494646.{8}57415645/],
    ['audio/mpeg', /^(?:494433|ff[ef][23ab])/],
  ],
} satisfies Record<string, readonly Signature[]>

type Signature = readonly [mediaType: string, start: RegExp]

export function formatOf(bytes: Uint8Array, kind: keyof typeof signatures): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return signatures[kind].find(([, signature]) => signature.test(start))?.[0]
}
