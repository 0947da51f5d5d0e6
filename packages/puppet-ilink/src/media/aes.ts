/**
 * The cipher of the CDN, AES-128-ECB with PKCS#7, chunk by chunk so that a file of any size passes through bounded
 * memory. Generators instead of Transform streams: a chunk is used up before the next one is asked for, so a reader
 * may fill the same buffer again.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import { MediaError } from './errors.ts'

const algorithm = 'aes-128-ecb'
const blockBytes = 16
const hexKey = /^[0-9a-f]{32}$/i
const base64Text = /^[0-9a-z+/_-]+={0,2}$/i

/** Ciphertext size of `plainBytes` bytes: the next full block, with 1 to 16 bytes of padding. */
export const cipherSize = (plainBytes: number): number =>
  (Math.floor(plainBytes / blockBytes) + 1) * blockBytes

/** The key's form for `media.aes_key`: base64 of its hex text, the only one that phones open for every kind. */
export const encodeKey = (key: Buffer): string => Buffer.from(key.toString('hex')).toString('base64')

/**
 * The 16 bytes of a key, from hex (`image_item.aeskey`), base64 of the raw bytes, or base64 of the hex text (both seen
 * in `media.aes_key`).
 * @throws MediaError `media-key-invalid`
 */
export const decodeKey = (text: string): Buffer => {
  if (hexKey.test(text)) return Buffer.from(text, 'hex')
  const decoded = base64Text.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  if (decoded.length === blockBytes) return decoded
  const inner = decoded.toString('latin1')
  if (hexKey.test(inner)) return Buffer.from(inner, 'hex')
  throw new MediaError('media-key-invalid', 'The media key is not 16 bytes in any known encoding')
}

/** Plain chunks to cipher chunks; the last one holds the padding. */
export async function* encrypt(chunks: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer> {
  const cipher = createCipheriv(algorithm, key, null)
  for await (const chunk of chunks) {
    const out = cipher.update(chunk)
    if (out.length > 0) yield out
  }
  yield cipher.final()
}

/**
 * Cipher chunks to plain chunks.
 * @throws MediaError `media-undecryptable` at the end, when size or padding cannot come from this key
 */
export async function* decrypt(chunks: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv(algorithm, key, null)
  for await (const chunk of chunks) {
    const out = decipher.update(chunk)
    if (out.length > 0) yield out
  }
  let last: Buffer
  try {
    last = decipher.final()
  } catch (error) {
    throw new MediaError('media-undecryptable', 'The media bytes do not belong to their key', {
      cause: error,
    })
  }
  if (last.length > 0) yield last
}
