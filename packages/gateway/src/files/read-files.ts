/**
 * The files of a turn as a model can take them: pictures and voices, scaled down where they are too large, texts and the
 * texts of documents, all others by name only.
 */

import type { TurnMedia } from '@moltbot/channel-sdk'
import { openInChild } from './file-child.ts'
import { type FileContent, named, type ShownKind } from './file-content.ts'
import { formatOf, readStart } from './file-start.ts'
import { readPicture } from './picture.ts'
import { decodeText } from './text-encoding.ts'

export const maxImages = 8
export const maxVoices = 4
/** A minute of WeChat's voices, the longest there is, has 2.9 MB as WAV. */
export const maxVoiceBytes = 3_750_000
/** Of one file; the rest is left out. */
export const maxTextBytes = 64 * 1024
export const maxTexts = 4

export interface ReadOptions {
  readonly takesImages: boolean
  readonly takesVoices: boolean
  /** Of all files together, in memory. Absent: no cap. */
  readonly maxBytes?: number
  /** Ends what is being read. */
  readonly signal: AbortSignal
  /** Told of a file that cannot be read; the model gets its name alone. */
  readonly onUnreadable: (media: TurnMedia, error: unknown) => void
}

/** Reads the files of one turn, one after another, until its places for them are taken. */
export class FileReader {
  readonly #options: ReadOptions
  readonly #places: Record<ShownKind, number>
  #bytesLeft: number

  constructor(options: ReadOptions) {
    this.#options = options
    this.#bytesLeft = options.maxBytes ?? Infinity
    this.#places = {
      image: options.takesImages ? maxImages : 0,
      voice: options.takesVoices ? maxVoices : 0,
      text: maxTexts,
    }
  }

  /** Never rejects. */
  read(media: TurnMedia): Promise<FileContent> {
    if (media.kind === 'video') return Promise.resolve(named('a video cannot be shown'))
    const load = { image: readPicture, voice: readVoice, file: readText }[media.kind]
    return this.take(media.kind === 'file' ? 'text' : media.kind, () =>
      load(media, this.#options.signal).catch((error: unknown) => {
        this.#options.onUnreadable(media, error)
        return named('it could not be read')
      }),
    )
  }

  /** Gives a place of its kind to what is loaded. @returns the name alone where there is none left */
  async take(kind: ShownKind, load: () => Promise<FileContent>): Promise<FileContent> {
    if (this.#places[kind] === 0) return named(noPlace[kind])
    if (this.#bytesLeft <= 0) return named(noMemory)
    const content = await load()
    if (content.kind === 'named') return content
    const size = 'bytes' in content ? content.bytes.length : content.text.length
    if (size > this.#bytesLeft) return named(noMemory)
    this.#bytesLeft -= size
    this.#places[content.kind]--
    return content
  }
}

const noMemory = 'there is no memory for more files'
const noPlace: Readonly<Record<ShownKind, string>> = {
  image: 'images cannot be shown',
  voice: 'voices cannot be played',
  text: 'there are too many files',
}

async function readVoice({ path }: TurnMedia): Promise<FileContent> {
  const bytes = await readStart(path, maxVoiceBytes + 1)
  if (bytes.length > maxVoiceBytes) return named('it is too large')
  const mediaType = formatOf(bytes, 'voice')
  return mediaType === undefined ? named('its format is not supported') : { kind: 'voice', bytes, mediaType }
}

/** A text in any encoding, or the text of a document. */
async function readText({ path }: TurnMedia, signal: AbortSignal): Promise<FileContent> {
  const bytes = await readStart(path, maxTextBytes + 1)
  const kind = formatOf(bytes, 'document')
  if (kind === 'pdf' || kind === 'office') {
    const result = await openInChild({ kind, path, maxLength: maxTextBytes }, signal)
    if ('text' in result) return { kind: 'text', ...result }
    return named('why' in result ? result.why : 'it is damaged')
  }
  if (kind === 'old-office') return named('it is an Office file with a password or in a format before 2007')
  const cut = bytes.length > maxTextBytes
  const text = decodeText(bytes.subarray(0, maxTextBytes))
  return text === undefined ? named('it is not a text') : { kind: 'text', text, cut }
}
