import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { PhotonImage } from '@silvia-odwyer/photon-node'
import { imageSize } from 'image-size'
import { beforeAll, describe, expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { maxImageBytes, readPicture } from './picture.ts'

let folder: string
let files = 0
beforeAll(() => {
  folder = scratch()
})

function read(bytes: Uint8Array, mimeType = 'image/x') {
  const path = join(folder, String(files++))
  writeFileSync(path, bytes)
  return readPicture({ path, mimeType }, new AbortController().signal)
}

/** Red on the left, blue on the right, with noise that does not compress. */
function picture(width: number, height: number, isNoisy = false): PhotonImage {
  const pixels = new Uint8Array(width * height * 4)
  for (let at = 0; at < pixels.length; at += 4) {
    const isLeft = ((at / 4) % width) * 2 < width
    const noise = isNoisy ? (at * 2_654_435_761) % 97 : 0
    pixels.set([isLeft ? 255 : noise, noise, isLeft ? noise : 255, 255], at)
  }
  return new PhotonImage(pixels, width, height)
}

const sizeOf = ({ width, height }: { width: number; height: number }) => [width, height]

/** An uncompressed bitmap with a header of 54 bytes. */
function bmp(width: number, height: number): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4
  const file = Buffer.alloc(54 + row * height)
  file.write('BM')
  for (const [at, value] of [
    [2, file.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
  ] as const)
    file.writeUInt32LE(value, at)
  file.writeUInt16LE(1, 26)
  file.writeUInt16LE(24, 28)
  return file
}

function chunk(type: string, data: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
}

/** A PNG that declares a size, whatever it has. */
function pngOf(width: number, height: number, data: Uint8Array): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** The JPEG with an EXIF block that says how it is turned. */
function turned(jpeg: Uint8Array, orientation: number): Buffer {
  const tiff = Buffer.from('49492a00080000000100120103000100000000000000000000', 'hex')
  tiff.writeUInt16LE(orientation, 18)
  const body = Buffer.concat([Buffer.from('Exif\0\0'), tiff, Buffer.alloc(4)])
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)])
}

describe('a picture', () => {
  it.each([
    ['PNG', picture(20, 10).get_bytes(), 'image/png'],
    ['JPEG', picture(20, 10).get_bytes_jpeg(90), 'image/jpeg'],
    ['WebP', picture(20, 10).get_bytes_webp(), 'image/webp'],
  ])('that a model takes stays as it is: %s', async (_name, bytes, mediaType) => {
    expect(await read(bytes)).toEqual({ kind: 'image', bytes: new Uint8Array(bytes), mediaType })
  })

  it('of too many bytes becomes smaller', async () => {
    const bytes = picture(3_000, 1_500, true).get_bytes()
    expect(bytes.length).toBeGreaterThan(maxImageBytes)
    const content = await read(bytes)
    expect(content).toMatchObject({ kind: 'image', mediaType: 'image/jpeg' })
    const small = 'bytes' in content ? content.bytes : new Uint8Array()
    expect(sizeOf(imageSize(small))).toEqual([2_048, 1_024])
    expect(small.length).toBeLessThanOrEqual(maxImageBytes)
  })

  it('with a side that is too long becomes smaller', async () => {
    const content = await read(picture(8_001, 20).get_bytes())
    expect(sizeOf(imageSize('bytes' in content ? content.bytes : new Uint8Array()))).toEqual([2_048, 5])
  })

  it.each([
    [1, [2_048, 5], 'left'],
    [3, [2_048, 5], 'right'],
    [6, [5, 2_048], 'top'],
    [8, [5, 2_048], 'bottom'],
  ])('is upright when it was turned as EXIF %i says', async (orientation, size, redSide) => {
    const content = await read(turned(picture(8_001, 20).get_bytes_jpeg(90), orientation))
    const bytes = 'bytes' in content ? content.bytes : new Uint8Array()
    expect(sizeOf(imageSize(bytes))).toEqual(size)
    const pixels = PhotonImage.new_from_byteslice(bytes).get_raw_pixels()
    const isRedFirst = (pixels[0] ?? 0) > (pixels[2] ?? 0)
    expect(isRedFirst).toBe(redSide === 'left' || redSide === 'top')
  })

  it('of a format that no model takes becomes a JPEG, where it can be decoded', async () => {
    expect(await read(bmp(20, 10), 'image/bmp')).toMatchObject({ kind: 'image', mediaType: 'image/jpeg' })
  })

  it.each([
    [
      'HEIC',
      Buffer.from('....ftypheic'),
      'image/heic',
      /HEIC cannot be shown; a JPEG, PNG or screenshot can/,
    ],
    ['SVG', Buffer.from('<svg onload="x">'), 'image/svg+xml', /SVG cannot be shown/],
    ['an unknown format', Buffer.from('xyz'), 'image/x', 'its format is not supported'],
    [
      'declared 100,000 pixels square',
      pngOf(100_000, 100_000, deflateSync('x')),
      'image/png',
      'it has too many pixels',
    ],
    ['with a long side and no content', pngOf(9_000, 9, Buffer.from('junk')), 'image/png', 'it is damaged'],
    [
      'large and damaged',
      Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.alloc(maxImageBytes)]),
      'image/jpeg',
      'it is damaged',
    ],
  ])('%s is named, with the reason', async (_name, bytes, mimeType, why) => {
    const expected = typeof why === 'string' ? why : expect.stringMatching(why)
    expect(await read(bytes, mimeType)).toEqual({ kind: 'named', why: expected })
  })
})
