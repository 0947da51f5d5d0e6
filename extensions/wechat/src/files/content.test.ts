import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { type Content, contentOf, nameFor, unknownContent } from './content.ts'

const path = join(temporaryFolder(), 'file')
const hex = (text: string) => Buffer.from(text, 'hex')

async function of(bytes: Buffer): Promise<Content> {
  writeFileSync(path, bytes)
  return contentOf(path)
}

const png = hex('89504e470d0a1a0a0000000d49484452')
const mp4 = Buffer.concat([hex('00000018'), Buffer.from('ftypisom'), Buffer.alloc(16)])
const pdf = Buffer.from('%PDF-1.7\n')
const wav = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(4), Buffer.from('WAVEfmt ')])
const text = Buffer.from('nothing but words')

describe('the content of a file', () => {
  it.each([
    ['an image', png, { kind: 'image', mimeType: 'image/png', extension: '.png' }],
    ['a video', mp4, { kind: 'video', mimeType: 'video/mp4', extension: '.mp4' }],
    ['sound', wav, { kind: 'audio', extension: '.wav' }],
    ['a document', pdf, { kind: 'file', mimeType: 'application/pdf', extension: '.pdf' }],
    ['text', text, unknownContent],
    ['empty', Buffer.alloc(0), unknownContent],
  ])('is detected as %s', async (_what, bytes, content) => {
    expect(await of(bytes)).toMatchObject(content)
  })

  it('is found for any bytes, however they begin', async () => {
    const starts = [png, mp4, pdf, wav, hex('504b0304'), hex('1f8b08'), hex('1a45dfa3'), hex('3026b275')]
    const bytes = fc.tuple(fc.constantFrom(...starts, text), fc.uint8Array({ maxLength: 200 }))
    await fc.assert(
      fc.asyncProperty(bytes, async ([start, rest]) => {
        expect((await of(Buffer.concat([start, rest]))).kind).toMatch(/^(image|video|audio|file)$/)
      }),
    )
  })
})

describe('the name of an outgoing file', () => {
  it.each([
    ['photo.png', png, 'photo.png'],
    ['photo.JPG', png, 'photo.JPG'],
    ['photo', png, 'photo.png'],
    ['notes.txt', png, 'notes.txt.png'],
    ['photo.png', text, 'photo.png.bin'],
    ['photo.png', pdf, 'photo.png.pdf'],
    ['photo.png', mp4, 'photo.png.mp4'],
    ['film.mov', mp4, 'film.mov'],
    ['film.mp4', wav, 'film.mp4.wav'],
    ['download', pdf, 'download.pdf'],
    ['report.docx', text, 'report.docx'],
    ['README', text, 'README'],
    ['song.wav', wav, 'song.wav'],
  ])('%s matches its content', async (name, bytes, shown) => {
    expect(nameFor(name, await of(bytes))).toBe(shown)
  })
})
