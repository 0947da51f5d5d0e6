import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encrypted } from '../../test/cdn-server.ts'
import { cipherSize, decodeKey, decrypt, encodeKey, encrypt } from './aes.ts'

const key = Buffer.from('00112233445566778899aabbccddeeff', 'hex')

/** `bytes` cut at `cuts`, through one buffer that is overwritten each time, as a file reader does. */
async function* inChunks(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const shared = new Uint8Array(bytes.length)
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  let start = 0
  for (const end of ends) {
    shared.fill(0xee)
    shared.set(bytes.subarray(start, end))
    yield shared.subarray(0, end - start)
    start = end
  }
}

/** Copies each chunk at once, since it does not outlive the next one. */
const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const copies: Buffer[] = []
  for await (const chunk of chunks) copies.push(Buffer.from(chunk))
  return Buffer.concat(copies)
}

const oneShot = (plain: Uint8Array): Buffer => encrypted(plain, key)

const cuts = fc.array(fc.nat(), { maxLength: 12 })

describe('the cipher stream', () => {
  it('encrypts like a single call and decrypts again, for every size and chunking', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), cuts, cuts, async (plain, there, back) => {
        const cipherText = await collect(encrypt(inChunks(plain, there), key))
        expect(cipherText).toEqual(oneShot(plain))
        expect(await collect(decrypt(inChunks(cipherText, back), key))).toEqual(Buffer.from(plain))
      }),
    )
  })

  it('does the same for files larger than its buffers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 250_000, max: 800_000 }), cuts, cuts, async (size, there, back) => {
        const plain = randomBytes(size)
        const cipherText = await collect(encrypt(inChunks(plain, there), key))
        expect(cipherText.equals(oneShot(plain))).toBe(true)
        expect((await collect(decrypt(inChunks(cipherText, back), key))).equals(plain)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('does the same when its buffers are exactly full', async () => {
    const sizes = [-17, -16, -1, 0, 1, 15, 16, 65_536].map((more) => 262_144 + more)
    for (const [size, chunk] of sizes.flatMap((size) =>
      [65_535, 65_536, 65_537].map((c) => [size, c] as const),
    )) {
      const even = Array.from({ length: 4 }, (_, n) => (n + 1) * chunk)
      const plain = randomBytes(size)
      const cipherText = await collect(encrypt(inChunks(plain, even), key))
      expect(cipherText.equals(oneShot(plain)), `${size} bytes by ${chunk}`).toBe(true)
      expect((await collect(decrypt(inChunks(cipherText, even), key))).equals(plain)).toBe(true)
    }
  })

  it('has the size that the formula predicts', async () => {
    expect([0, 15, 16, 1600].map(cipherSize)).toEqual([16, 16, 32, 1616])
    await fc.assert(
      fc.asyncProperty(fc.nat(5000), async (size) => {
        const cipherText = await collect(encrypt(inChunks(new Uint8Array(size), []), key))
        expect(cipherText.length).toBe(cipherSize(size))
      }),
    )
  })

  it.each([
    ['another key', oneShot(Buffer.from('hello')), Buffer.alloc(16, 1)],
    ['a cut end', oneShot(Buffer.alloc(100)).subarray(0, 90), key],
    ['no bytes at all', Buffer.alloc(0), key],
  ])('fails with media-undecryptable for %s', async (_, cipherText, wrongKey) => {
    const plain = collect(decrypt(inChunks(cipherText, []), wrongKey))
    await expect(plain).rejects.toMatchObject({ code: 'media-undecryptable', retryable: false })
  })
})

describe('a key', () => {
  it.each([
    ['hex', key.toString('hex')],
    ['upper-case hex', key.toString('hex').toUpperCase()],
    ['base64 of the bytes', key.toString('base64')],
    ['base64 of the hex text', encodeKey(key)],
  ])('is read from %s', (_, text) => {
    expect(decodeKey(text)).toEqual(key)
  })

  it('is sent as base64 of its hex text', () => {
    expect(encodeKey(key)).toBe('MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY=')
  })

  it.each([
    '',
    'short',
    'AAAA',
    key.toString('hex').slice(1),
    Buffer.alloc(32).toString('base64'),
    `${key.toString('base64')}!`,
  ])('is refused when it reads %j', (text) => {
    expect(() => decodeKey(text)).toThrow(expect.objectContaining({ code: 'media-key-invalid' }))
  })
})
