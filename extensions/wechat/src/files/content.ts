/**
 * What a file is, by its bytes. A name and a sender's declaration can say anything.
 */

import { extname } from 'node:path'
import { fileTypeFromFile } from 'file-type'

export interface Content {
  readonly kind: 'image' | 'video' | 'audio' | 'file'
  readonly mimeType: string
  /** With its dot; empty where the bytes do not tell. */
  readonly extension: string
}

/** A text, or anything else that no signature marks. */
export const unknownContent: Content = { kind: 'file', mimeType: 'application/octet-stream', extension: '' }

export async function contentOf(path: string): Promise<Content> {
  const type = await fileTypeFromFile(path)
  if (type === undefined) return unknownContent
  return { kind: kindOf(type.mime), mimeType: type.mime, extension: `.${type.ext}` }
}

function kindOf(mimeType: string): Content['kind'] {
  const [family] = mimeType.split('/')
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file'
}

const pictureNames = /\.(?:jpe?g|jpe|jfif|png|gif|webp|bmp|heic|heif|avif|tiff?)$/i
const filmNames = /\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|3gp)$/i
const extensionOfUnknown = '.bin'

/**
 * The name with an ending that does not belie the content: most puppets, and phones, take a file for a picture or a
 * film by its name. A name without any ending gets the right one where the bytes tell.
 */
export function nameFor(name: string, content: Content): string {
  const ending = extname(name)
  const fits = ending === '' ? content.extension === '' : kindByName(name) === shownKind(content)
  if (fits || ending.toLowerCase() === content.extension) return name
  return name + (content.extension || extensionOfUnknown)
}

function kindByName(name: string): Content['kind'] {
  if (pictureNames.test(name)) return 'image'
  return filmNames.test(name) ? 'video' : 'file'
}

function shownKind({ kind }: Content): Content['kind'] {
  return kind === 'audio' ? 'file' : kind
}
