/**
 * Makes a picture smaller, for models that refuse large ones. The decoder is compiled from Rust to WebAssembly, so a
 * hostile picture can break its own memory at worst.
 */

import { PhotonImage, resize, SamplingFilter } from '@silvia-odwyer/photon-node'
import { NotReadable } from './job.ts'

/** Longest side. Models scale down what is larger. */
const maxSide = 2_048
/** Tried one after another until the picture is small enough. */
const qualities = [85, 70, 50, 30]

export interface PictureLimits {
  readonly maxBytes: number
  /** EXIF's, 1 to 8: a JPEG without it must be turned, since the copy has none. */
  readonly orientation: number
}

export function smallerPicture(
  bytes: Uint8Array,
  { maxBytes, orientation }: PictureLimits,
): { bytes: Uint8Array } {
  const large = PhotonImage.new_from_byteslice(bytes)
  const scale = Math.min(1, maxSide / Math.max(large.get_width(), large.get_height()))
  const [width, height] = [large.get_width(), large.get_height()].map((side) =>
    Math.max(1, Math.round(side * scale)),
  )
  const small = upright(resize(large, width ?? 1, height ?? 1, SamplingFilter.Triangle), orientation)
  large.free()
  for (const quality of qualities) {
    const jpeg = small.get_bytes_jpeg(quality)
    if (jpeg.length <= maxBytes) return { bytes: jpeg }
  }
  throw new NotReadable('it is too large')
}

/** Where the pixel at x, y of the upright picture is in a stored one of width w and height h. */
const places: Readonly<
  Record<number, (x: number, y: number, w: number, h: number) => readonly [number, number]>
> = {
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  6: (x, y, _w, h) => [y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
}

/** Mirrored pictures, which no camera writes, stay as they are. */
function upright(image: PhotonImage, orientation: number): PhotonImage {
  const place = places[orientation]
  if (place === undefined) return image
  const [w, h] = [image.get_width(), image.get_height()]
  const [width, height] = orientation === 3 ? [w, h] : [h, w]
  const stored = new Uint32Array(image.get_raw_pixels().slice().buffer)
  const turned = new Uint32Array(stored.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = place(x, y, w, h)
      turned[y * width + x] = stored[fromY * w + fromX] ?? 0
    }
  }
  return new PhotonImage(new Uint8Array(turned.buffer), width, height)
}
