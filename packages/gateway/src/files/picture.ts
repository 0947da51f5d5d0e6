/**
 * Pictures as models take them: as they are where that is possible, else as a smaller JPEG.
 */

import type { TurnMedia } from '@moltbot/channel-sdk'
import { disableTypes, imageSize } from 'image-size'
import { openInChild } from './file-child.ts'
import { type FileContent, named } from './file-content.ts'
import { formatOf, readStart } from './file-start.ts'

// Headers of formats that are never shown are not parsed.
disableTypes([
  'cur',
  'dds',
  'heif',
  'icns',
  'j2c',
  'jp2',
  'jxl',
  'jxl-stream',
  'ktx',
  'pnm',
  'psd',
  'svg',
  'tga',
])

/** What every provider takes: 5 MB of base64. */
export const maxImageBytes = 3_750_000
/** Longest side that every provider takes. */
const maxSide = 8_000
/** A picture with more is not decoded: a few kB can unpack to gigabytes. */
const maxPixels = 40_000_000

/** A picture as a model takes it: as it is, or smaller. @throws when the file cannot be read */
export async function readPicture(
  { path, mimeType }: Pick<TurnMedia, 'path' | 'mimeType'>,
  signal: AbortSignal,
): Promise<FileContent> {
  const bytes = await readStart(path, maxImageBytes + 1)
  const mediaType = formatOf(bytes, 'image')
  if (mediaType === undefined && !scalable.test(mimeType)) return named(notShown(mimeType))
  const { width, height, orientation } = pictureSize(bytes)
  if (width * height > maxPixels) return named('it has too many pixels')
  const fits = bytes.length <= maxImageBytes && Math.max(width, height) <= maxSide
  if (mediaType !== undefined && fits) return { kind: 'image', bytes, mediaType }
  if (width === 0) return named('it is damaged')
  const job = { kind: 'picture', path, maxBytes: maxImageBytes, orientation } as const
  const result = await openInChild(job, signal)
  if ('bytes' in result) return { kind: 'image', bytes: result.bytes, mediaType: 'image/jpeg' }
  return named('why' in result ? result.why : 'it is damaged')
}

/** Pictures that no model takes, but that can be made into one. */
const scalable = /^image\/(?:x-ms-)?(?:bmp|tiff|x-icon)$/

function notShown(mimeType: string): string {
  const format = /^image\/(?:x-)?(hei[cf]|avif|svg|jxl|jp2)/.exec(mimeType)?.[1]?.toUpperCase()
  if (format === undefined) return 'its format is not supported'
  return `pictures in the format ${format} cannot be shown; a JPEG, PNG or screenshot can`
}

/** From the header; 0 where that is damaged. `orientation` is EXIF's, 1 to 8. */
function pictureSize(bytes: Uint8Array): { width: number; height: number; orientation: number } {
  try {
    const { width, height, orientation = 1 } = imageSize(bytes)
    return { width, height, orientation }
  } catch {
    return { width: 0, height: 0, orientation: 1 }
  }
}
