/**
 * The files of a turn as a model can take them: images and voices as they are, texts as text, all others by name only.
 */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { TurnMedia } from '@moltbot/channel-sdk'
import { decodeText } from '../files/text-encoding.ts'

export type FileContent =
  | { readonly kind: 'image'; readonly bytes: Uint8Array; readonly mediaType: string }
  | { readonly kind: 'voice'; readonly bytes: Uint8Array; readonly mediaType: string }
  /** `cut`: there is more in the file. */
  | { readonly kind: 'text'; readonly text: string; readonly cut: boolean }
  /** Why the model sees the name alone, in words for it. */
  | { readonly kind: 'named'; readonly why: string }

export const maxImages = 8
/** What every provider takes: 5 MB of base64. */
export const maxImageBytes = 3_750_000
export const maxVoices = 4
/** A minute of WeChat's voices, the longest there is, has 2.9 MB as WAV. */
export const maxVoiceBytes = 3_750_000
/** Of one file; the rest is left out. */
export const maxTextBytes = 64 * 1024
export const maxTexts = 4

export interface ReadOptions {
  readonly takesImages: boolean
  readonly takesVoices: boolean
  /** Told of a file that cannot be read; the model gets its name alone. */
  readonly onUnreadable: (media: TurnMedia, error: unknown) => void
}

/** In the order of `media`. */
export async function readFiles(
  media: readonly TurnMedia[],
  { takesImages, takesVoices, onUnreadable }: ReadOptions,
): Promise<FileContent[]> {
  const left = {
    image: takesImages ? maxImages : 0,
    voice: takesVoices ? maxVoices : 0,
    text: maxTexts,
  }
  const contents: FileContent[] = []
  for (const file of media) {
    const content = await readContent(file, left).catch((error: unknown) => {
      onUnreadable(file, error)
      return named('it could not be read')
    })
    if (content.kind !== 'named') left[content.kind]--
    contents.push(content)
  }
  return contents
}

type Left = Readonly<Record<Exclude<FileContent['kind'], 'named'>, number>>

async function readContent(media: TurnMedia, left: Left): Promise<FileContent> {
  switch (media.kind) {
    case 'image':
      return left.image > 0 ? readWhole(media, 'image', maxImageBytes) : named('images cannot be shown')
    case 'voice':
      return left.voice > 0 ? readWhole(media, 'voice', maxVoiceBytes) : named('voices cannot be played')
    case 'file':
      return left.text > 0 ? readText(media) : named('there are too many files')
    case 'video':
      return named('a video cannot be shown')
  }
}

const named = (why: string): FileContent => ({ kind: 'named', why })

async function readWhole(
  { path }: TurnMedia,
  kind: keyof typeof signatures,
  maxBytes: number,
): Promise<FileContent> {
  const bytes = await readStart(path, maxBytes + 1)
  if (bytes.length > maxBytes) return named('it is too large')
  const mediaType = mediaTypeOf(bytes, signatures[kind])
  return mediaType === undefined ? named('its format is not supported') : { kind, bytes, mediaType }
}

async function readText({ path }: TurnMedia): Promise<FileContent> {
  const bytes = await readStart(path, maxTextBytes + 1)
  const cut = bytes.length > maxTextBytes
  const text = decodeText(bytes.subarray(0, maxTextBytes))
  return text === undefined ? named('it is not a text') : { kind: 'text', text, cut }
}

/** At most `maxBytes` of a file that is no link. */
export async function readStart(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const { size } = await file.stat()
    const buffer = new Uint8Array(Math.min(size, maxBytes))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** How files begin in the formats that models take, in hexadecimal. */
const signatures = {
  image: [
    ['image/png', /^89504e470d0a1a0a/],
    ['image/jpeg', /^ffd8ff/],
    ['image/gif', /^474946383[79]61/],
    ['image/webp', /^52494646.{8}57454250/],
  ],
  voice: [
    ['audio/wav', /^52494646.{8}57415645/],
    ['audio/mpeg', /^(?:494433|ff[ef][23ab])/],
  ],
} satisfies Record<string, readonly Signature[]>

type Signature = readonly [mediaType: string, start: RegExp]

function mediaTypeOf(bytes: Uint8Array, known: readonly Signature[]): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return known.find(([, signature]) => signature.test(start))?.[0]
}
