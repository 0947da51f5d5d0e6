/**
 * The type of a file, detected by its first bytes. Names can be wrong, and a phone shows an image item that holds no
 * image as broken.
 */
import { open } from 'node:fs/promises'
import { fileFailure } from './errors.ts'

/** How a phone shows a file. Audio counts as a file: a bot cannot send voice messages. */
export type MediaKind = 'image' | 'video' | 'file'

export interface ContentType {
  kind: Exclude<MediaKind, 'file'>
  /** With its dot. */
  extension: string
  mimeType: string
}

const headBytes = 64
const png: ContentType = { kind: 'image', extension: '.png', mimeType: 'image/png' }
const jpeg: ContentType = { kind: 'image', extension: '.jpg', mimeType: 'image/jpeg' }
const gif: ContentType = { kind: 'image', extension: '.gif', mimeType: 'image/gif' }
const webp: ContentType = { kind: 'image', extension: '.webp', mimeType: 'image/webp' }
const bmp: ContentType = { kind: 'image', extension: '.bmp', mimeType: 'image/bmp' }
const mp4: ContentType = { kind: 'video', extension: '.mp4', mimeType: 'video/mp4' }
const mov: ContentType = { kind: 'video', extension: '.mov', mimeType: 'video/quicktime' }
const webm: ContentType = { kind: 'video', extension: '.webm', mimeType: 'video/webm' }

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
/** Only brands of video: the same box begins M4A, HEIC and AVIF files. */
const mp4Brands = [
  'isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 avc1 dash MSNV mmp4'.split(' '),
  '3gp4 3gp5 3gp6 3gp7 3gr6 3gs6 3ge6 3g2a 3g2b 3g2c'.split(' '),
  ['M4V ', 'M4VH', 'M4VP', 'f4v '],
].flat()

/** Patterns over the head in hex. */
const signatures: readonly (readonly [RegExp, ContentType])[] = [
  [new RegExp(`^${hex('\x89PNG\r\n\x1a\n')}`), png],
  [/^ffd8ff/, jpeg],
  [new RegExp(`^${hex('GIF8')}(${hex('7a')}|${hex('9a')})`), gif],
  [new RegExp(`^${hex('RIFF')}.{8}${hex('WEBP')}`), webp],
  // "BM" alone begins many texts: the reserved words are zero and a known header size follows the pixel offset.
  [new RegExp(`^${hex('BM')}.{8}0{8}.{8}(0c|28|34|38|40|6c|7c)0{6}`), bmp],
  [new RegExp(`^.{8}${hex('ftypqt  ')}`), mov],
  [new RegExp(`^.{8}${hex('ftyp')}(${mp4Brands.map(hex).join('|')})`), mp4],
  // EBML; document type "webm" (Matroska has the same frame).
  [new RegExp(`^1a45dfa3(..){0,40}4282..${hex('webm')}`), webm],
]

/** The type that the first bytes of a file (64 suffice) show; undefined for anything but a known image or video. */
export const contentTypeOf = (head: Uint8Array): ContentType | undefined => {
  const text = Buffer.from(head.subarray(0, headBytes)).toString('hex')
  return signatures.find(([pattern]) => pattern.test(text))?.[1]
}

/**
 * The content type of a file on disk.
 * @throws MediaError `media-file-failed`
 */
export const contentTypeOfFile = async (path: string): Promise<ContentType | undefined> => {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
      return contentTypeOf(buffer.subarray(0, bytesRead))
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileFailure(error)
  }
}

/**
 * The kind to send a file as.
 * @throws MediaError `media-file-failed`
 */
export const kindOfFile = async (path: string): Promise<MediaKind> =>
  (await contentTypeOfFile(path))?.kind ?? 'file'
