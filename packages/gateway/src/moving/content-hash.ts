import { createHash } from 'node:crypto'

/** Of bytes that are never in memory as a whole; null where there are none. */
export async function sha256Of(content: AsyncIterable<Uint8Array> | undefined): Promise<string | null> {
  if (content === undefined) return null
  const hash = createHash('sha256')
  for await (const bytes of content) hash.update(bytes)
  return hash.digest('hex')
}
