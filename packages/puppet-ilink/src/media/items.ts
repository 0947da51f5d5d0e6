/**
 * The items of `sendmessage` for uploaded files. None has a thumbnail: the upload request declares that none is needed.
 */
import type { UploadedMedia } from './upload.ts'

type CdnMedia = UploadedMedia['media']

export interface ImageItem {
  type: 2
  image_item: { media: CdnMedia; mid_size: number }
}
export interface FileItem {
  type: 4
  file_item: { media: CdnMedia; file_name: string; len: string }
}
export interface VideoItem {
  type: 5
  video_item: { media: CdnMedia; video_size: number }
}

/** Without `mid_size` (ciphertext bytes) the phone shows "send failed". */
export const imageItem = ({ media, cipherSize }: UploadedMedia): ImageItem => ({
  type: 2,
  image_item: { media, mid_size: cipherSize },
})

/** `len` is the plain size as text. */
export const fileItem = ({ media, name, size }: UploadedMedia): FileItem => ({
  type: 4,
  file_item: { media, file_name: name, len: String(size) },
})

/** `video_size` is in ciphertext bytes. */
export const videoItem = ({ media, cipherSize }: UploadedMedia): VideoItem => ({
  type: 5,
  video_item: { media, video_size: cipherSize },
})

/** The item for an uploaded file, by its kind. */
export const itemOf = (uploaded: UploadedMedia): ImageItem | FileItem | VideoItem => {
  if (uploaded.kind === 'image') return imageItem(uploaded)
  return uploaded.kind === 'video' ? videoItem(uploaded) : fileItem(uploaded)
}
