// AES-128-ECB with PKCS#7, as every medium on the CDN is encrypted, read and written piece by piece.

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

const blockBytes = 16
const algorithm = 'aes-128-ecb'
const hexKey = /^[0-9a-f]{32}$/i

export type Plain = { size: number; md5: string }

/** Encrypted size of `plainBytes`: there is always some padding. */
export function cipherSize(plainBytes: number): number {
  return (Math.floor(plainBytes / blockBytes) + 1) * blockBytes
}

/** A key in hex, as getuploadurl and an image's `aeskey` carry it. */
export function keyFromHex(hex: string): Buffer | undefined {
  return hexKey.test(hex) ? Buffer.from(hex, 'hex') : undefined
}

/** `aes_key` of a medium: base64 of the 16 bytes themselves, or of their hex text. Phones open only the second. */
export function keyFromMedia(base64: string): { key: Buffer; encoding: 'raw' | 'hex' } | undefined {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === blockBytes) return { key: bytes, encoding: 'raw' }
  const key = bytes.length === 2 * blockBytes ? keyFromHex(bytes.toString('latin1')) : undefined
  return key && { key, encoding: 'hex' }
}

/** Decrypts a stream of ciphertext without keeping it: learns the size and md5 of what is inside. */
export function plainReader(key: Buffer) {
  const decipher = createDecipheriv(algorithm, key, null)
  const md5 = createHash('md5')
  let size = 0
  const take = (plain: Buffer) => {
    size += plain.length
    md5.update(plain)
  }
  return {
    update: (chunk: Buffer) => take(decipher.update(chunk)),
    /** `undefined` when the key does not fit: the padding is wrong. */
    finish(): Plain | undefined {
      try {
        take(decipher.final())
      } catch {
        return undefined
      }
      return { size, md5: md5.digest('hex') }
    },
  }
}

/** What `cipher` holds when it is opened with `key`; `undefined` when the key does not fit. */
export function openWith(key: Buffer, cipher: Buffer): Plain | undefined {
  const reader = plainReader(key)
  const stepBytes = 1024 * 1024
  for (let at = 0; at < cipher.length; at += stepBytes) reader.update(cipher.subarray(at, at + stepBytes))
  return reader.finish()
}

/** The plaintext; `undefined` when the key does not fit. */
export function decrypt(key: Buffer, cipher: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, key, null)
  try {
    return Buffer.concat([decipher.update(cipher), decipher.final()])
  } catch {
    return undefined
  }
}

/** Encrypts pieces of plaintext of `size` bytes in all, into one buffer. */
export function encrypt(
  key: Buffer,
  pieces: Iterable<Buffer>,
  size: number,
): { cipher: Buffer; md5: string } {
  const cipher = Buffer.allocUnsafeSlow(cipherSize(size))
  const encryptor = createCipheriv(algorithm, key, null)
  const md5 = createHash('md5')
  let at = 0
  for (const piece of pieces) {
    md5.update(piece)
    at += encryptor.update(piece).copy(cipher, at)
  }
  encryptor.final().copy(cipher, at)
  return { cipher, md5: md5.digest('hex') }
}
