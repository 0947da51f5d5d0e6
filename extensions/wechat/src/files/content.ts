/**
 * Detects the type of a file by its content, because its name and the sender's declaration are not reliable.
 */

import { extname } from 'node:path'
import { fileTypeFromFile } from 'file-type'

export interface Content {
  readonly kind: 'image' | 'video' | 'audio' | 'file'
  readonly mimeType: string
  /** File extension with its dot. Empty if the content has no known signature. */
  readonly extension: string
}

/** A text, or any other file without a known signature. */
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

const imageNames = /\.(?:jpe?g|jpe|jfif|png|gif|webp|bmp|heic|heif|avif|tiff?)$/i
const videoNames = /\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|3gp)$/i
const extensionOfUnknown = '.bin'

/**
 * The name with an extension that matches the content, because most puppets and phones recognise images and videos by
 * name. A name without an extension gets the right one if the type is known.
 */
export function nameFor(name: string, content: Content): string {
  const extension = extname(name)
  const fits = extension === '' ? content.extension === '' : kindByName(name) === shownKind(content)
  if (fits || extension.toLowerCase() === content.extension) return name
  return name + (content.extension || extensionOfUnknown)
}

function kindByName(name: string): Content['kind'] {
  if (imageNames.test(name)) return 'image'
  return videoNames.test(name) ? 'video' : 'file'
}

function shownKind({ kind }: Content): Content['kind'] {
  return kind === 'audio' ? 'file' : kind
}
