import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contentTypeOf, contentTypeOfFile, kindOfFile } from './kind.ts'

const bytes = (text: string): Buffer => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(80, 0x20)])
const bmp = Buffer.concat([
  Buffer.from('BM\x36\x10\x0e\x00\0\0\0\0\x36\0\0\0\x28\0\0\0', 'latin1'),
  Buffer.alloc(40),
])
const webm =
  '\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm'

describe('the content type', () => {
  it.each([
    ['image/png', bytes('\x89PNG\r\n\x1a\n')],
    ['image/jpeg', bytes('\xff\xd8\xff\xe0')],
    ['image/gif', bytes('GIF87a')],
    ['image/gif', bytes('GIF89a')],
    ['image/webp', bytes('RIFF\x10\0\0\0WEBPVP8 ')],
    ['image/bmp', bmp],
    ['video/mp4', bytes('\0\0\0\x20ftypisom')],
    ['video/mp4', bytes('\0\0\0\x18ftypmp42')],
    ['video/quicktime', bytes('\0\0\0\x14ftypqt  ')],
    ['video/webm', bytes(webm)],
  ])('is %s', (mimeType, head) => {
    expect(contentTypeOf(head)?.mimeType).toBe(mimeType)
  })

  it.each([
    ['text', bytes('BMW builds cars, GIF8 and PNG')],
    ['an MP3', bytes('ID3\x04\0')],
    ['a SILK voice', bytes('\x02#!SILK_V3')],
    ['a WAV', bytes('RIFF\x10\0\0\0WAVEfmt ')],
    ['an M4A', bytes('\0\0\0\x20ftypM4A ')],
    ['a HEIC', bytes('\0\0\0\x20ftypheic')],
    ['Matroska', bytes('\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska')],
    ['a PDF', bytes('%PDF-1.7')],
    ['nothing', Buffer.alloc(0)],
    ['a lone start', Buffer.from('\x89PN', 'latin1')],
  ])('of %s is undefined', (_, head) => {
    expect(contentTypeOf(head)).toBeUndefined()
  })
})

describe('the kind of a file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'media-kind-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('comes from its content, not from its name', async () => {
    const disguised = join(folder, 'report.pdf')
    const pretender = join(folder, 'photo.jpg')
    await writeFile(disguised, bytes('\xff\xd8\xff\xe0'))
    await writeFile(pretender, '')
    expect(await kindOfFile(disguised)).toBe('image')
    expect(await kindOfFile(pretender)).toBe('file')
    expect((await contentTypeOfFile(disguised))?.extension).toBe('.jpg')
  })

  it('is an error for a missing file', async () => {
    const missing = kindOfFile(join(folder, 'missing'))
    await expect(missing).rejects.toMatchObject({ code: 'media-file-failed' })
  })
})
