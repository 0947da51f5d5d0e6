import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cipherSize, encrypt, keyFromMedia, openWith, plainReader } from './cipher.ts'

const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))
const pieces = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 6 },
)

test('what is encrypted in pieces opens in pieces, with its size and md5', () => {
  fc.assert(
    fc.property(key, pieces, fc.integer({ min: 1, max: 50 }), (aes, plain, stepBytes) => {
      const whole = Buffer.concat(plain)
      const { cipher, md5 } = encrypt(aes, plain, whole.length)
      const reader = plainReader(aes)
      for (let at = 0; at < cipher.length; at += stepBytes) reader.update(cipher.subarray(at, at + stepBytes))
      expect(cipher).toHaveLength(cipherSize(whole.length))
      expect(md5).toBe(createHash('md5').update(whole).digest('hex'))
      expect(reader.finish()).toEqual({ size: whole.length, md5 })
      expect(openWith(aes, cipher)).toEqual({ size: whole.length, md5 })
    }),
  )
})

test('a cut cipher does not open', () => {
  const aes = Buffer.alloc(16, 7)
  const { cipher } = encrypt(aes, [Buffer.alloc(100)], 100)
  expect(openWith(aes, cipher.subarray(0, 111))).toBeUndefined()
})

test.each([
  ['the bytes', (aes: Buffer) => aes, 'raw'],
  ['their hex text', (aes: Buffer) => Buffer.from(aes.toString('hex')), 'hex'],
])('a media key is read from base64 of %s', (_what, encode, encoding) => {
  fc.assert(
    fc.property(key, (aes) => {
      expect(keyFromMedia(encode(aes).toString('base64'))).toEqual({ key: aes, encoding })
    }),
  )
})

test.each(['', 'AAAA', Buffer.alloc(32, 'z').toString('base64')])('"%s" is no media key', (text) => {
  expect(keyFromMedia(text)).toBeUndefined()
})
