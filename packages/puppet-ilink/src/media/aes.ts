/**
 * The cipher of the CDN, AES-128-ECB with PKCS#7, chunk by chunk so that a file of any size passes through bounded
 * memory. Generators instead of Transform streams: a chunk is used up before the next one is asked for, so the same
 * buffer can be filled again. Streams would leave every chunk to the garbage collector, which does not see the bytes
 * behind a Buffer as urgent and lets tens of megabytes pile up.
 */
import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv } from 'node:crypto'
import { MediaError } from './errors.ts'

const algorithm = 'aes-128-ecb'
const blockBytes = 16
/** Bytes for the cipher at a time, at most: whole blocks, so that no more than this comes out. */
const pieceBytes = 64 << 10
/** Bytes handed on at a time, at most; the last time a block more. */
const gatherBytes = 256 << 10
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

/**
 * Plain chunks to cipher chunks; the last one ends with the padding. A chunk is good until the next one is asked for,
 * and the chunks given need not live longer either.
 */
export const encrypt = (chunks: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer> =>
  translate(chunks, createCipheriv(algorithm, key, null))

/**
 * Cipher chunks to plain chunks, which live as long as those of `encrypt`.
 * @throws MediaError `media-undecryptable` at the end, when size or padding cannot come from this key
 */
export const decrypt = (chunks: AsyncIterable<Uint8Array>, key: Buffer): AsyncGenerator<Buffer> =>
  translate(chunks, createDecipheriv(algorithm, key, null))

/** What the cipher makes of the chunks, in one buffer that is filled again and again. */
async function* translate(
  chunks: AsyncIterable<Uint8Array>,
  cipher: Cipheriv | Decipheriv,
): AsyncGenerator<Buffer> {
  const gathered = Buffer.allocUnsafeSlow(gatherBytes + blockBytes)
  let length = 0
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += pieceBytes) {
      if (length + pieceBytes > gatherBytes) {
        yield gathered.subarray(0, length)
        length = 0
      }
      length += moveTo(gathered, length, cipher.update(chunk.subarray(start, start + pieceBytes)))
    }
  }
  length += moveTo(gathered, length, end(cipher))
  if (length > 0) yield gathered.subarray(0, length)
}

const end = (cipher: Cipheriv | Decipheriv): Buffer => {
  try {
    return cipher.final()
  } catch (cause) {
    throw new MediaError('media-undecryptable', 'The media bytes do not belong to their key', { cause })
  }
}

/** @returns how many bytes there were in `piece`, whose memory is free now */
const moveTo = (target: Buffer, at: number, piece: Buffer): number => {
  const moved = piece.copy(target, at)
  release(piece)
  return moved
}

/** Frees the bytes of a buffer that owns its memory, instead of waiting for the garbage collector. */
export const release = ({ buffer, byteLength }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === byteLength)
    buffer.transfer(0)
}
