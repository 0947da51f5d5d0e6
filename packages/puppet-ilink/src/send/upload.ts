/**
 * Turns a file box into an item that can be sent. It is stored on disk first, since the CDN needs size and hash before
 * the first byte, and then encrypted and uploaded.
 */

import { rm } from 'node:fs/promises'
import { type FileBoxInterface, FileBoxType } from 'file-box'
import { maxMediaBytes } from '../limits.ts'
import { type Cdn, itemOf, kindOfFile, spool, type UploadUrlRequest, uploadMedia } from '../media/index.ts'
import type { MediaFolder } from '../store/media-folder.ts'
import type { UploadUrlAnswer } from '../wire/responses.ts'

export interface UploadPorts extends Cdn {
  folder: MediaFolder
  uploadUrl(request: UploadUrlRequest, signal: AbortSignal): Promise<UploadUrlAnswer>
}

/** Boxes of local files have a path, though it is not in their type. */
const localPathOf = (file: FileBoxInterface): string | undefined =>
  file.type === FileBoxType.File && 'localPath' in file && typeof file.localPath === 'string'
    ? file.localPath
    : undefined

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = () => reject(signal.reason)
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })

const uploaded = async (
  path: string,
  file: FileBoxInterface,
  toUserId: string,
  { cdnBaseUrl, agentFor, uploadUrl }: UploadPorts,
  signal: AbortSignal,
): Promise<object> => {
  const media = await uploadMedia(
    { path, name: file.name },
    {
      kind: await kindOfFile(path),
      toUserId,
      cdnBaseUrl,
      agentFor,
      maxBytes: maxMediaBytes,
      signal,
      requestUploadUrl: async (request) => {
        const answer = await uploadUrl(request, signal)
        return { uploadFullUrl: answer.upload_full_url, uploadParam: answer.upload_param }
      },
    },
  )
  return itemOf(media)
}

/** @throws MediaError, ILinkError, the signal's reason, or what the box's own stream fails with */
export const uploadedItem = async (
  file: FileBoxInterface,
  toUserId: string,
  ports: UploadPorts,
  signal: AbortSignal,
): Promise<object> => {
  const local = localPathOf(file)
  if (local !== undefined) return await uploaded(local, file, toUserId, ports, signal)
  const stream = await Promise.race([file.toStream(), aborted(signal)])
  const { path } = await spool(stream, await ports.folder.path(), maxMediaBytes, signal)
  try {
    return await uploaded(path, file, toUserId, ports, signal)
  } finally {
    await rm(path, { force: true })
  }
}
