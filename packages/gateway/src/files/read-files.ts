/**
 * The files of a turn as a model can take them: images and voices as they are, texts as text, all others by name only.
 */

import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { TurnMedia } from '@moltbot/channel-sdk'
import { decodeText } from './text-encoding.ts'

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

/** Reads the files of one turn, one after another, until its places for them are taken. */
export class FileReader {
  readonly #options: ReadOptions
  readonly #places: Record<ShownKind, number>

  constructor(options: ReadOptions) {
    this.#options = options
    this.#places = {
      image: options.takesImages ? maxImages : 0,
      voice: options.takesVoices ? maxVoices : 0,
      text: maxTexts,
    }
  }

  /** Never rejects. */
  read(media: TurnMedia): Promise<FileContent> {
    if (media.kind === 'video') return Promise.resolve(named('a video cannot be shown'))
    const load = { image: readImage, voice: readVoice, file: readText }[media.kind]
    return this.take(media.kind === 'file' ? 'text' : media.kind, () =>
      load(media).catch((error: unknown) => {
        this.#options.onUnreadable(media, error)
        return named('it could not be read')
      }),
    )
  }

  /** Gives a place of its kind to what is loaded. @returns the name alone where there is none left */
  async take(kind: ShownKind, load: () => Promise<FileContent>): Promise<FileContent> {
    if (this.#places[kind] === 0) return named(noPlace[kind])
    const content = await load()
    if (content.kind !== 'named') this.#places[content.kind]--
    return content
  }
}

/** What a model is shown more than the name of. */
export type ShownKind = Exclude<FileContent['kind'], 'named'>

const noPlace: Readonly<Record<ShownKind, string>> = {
  image: 'images cannot be shown',
  voice: 'voices cannot be played',
  text: 'there are too many files',
}

export const named = (why: string): FileContent => ({ kind: 'named', why })

const readImage = ({ path }: TurnMedia) => readWhole(path, 'image', maxImageBytes)
const readVoice = ({ path }: TurnMedia) => readWhole(path, 'voice', maxVoiceBytes)

/** A picture that is in memory. */
export function imageFrom(bytes: Uint8Array): FileContent {
  return checked(bytes, 'image', maxImageBytes)
}

async function readWhole(
  path: string,
  kind: keyof typeof signatures,
  maxBytes: number,
): Promise<FileContent> {
  return checked(await readStart(path, maxBytes + 1), kind, maxBytes)
}

function checked(bytes: Uint8Array, kind: keyof typeof signatures, maxBytes: number): FileContent {
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
