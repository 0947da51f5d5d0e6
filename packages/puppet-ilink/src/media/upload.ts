/**
 * From a plain file to the CDN: one pass for hash and size, then read, enciphered and posted as one stream.
 */
import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { cipherSize, encodeKey, encrypt } from './aes.ts'
import { cdnUrl } from './cdn-url.ts'
import { fileFailure, MediaError } from './errors.ts'
import { safeFileName } from './file-name.ts'
import type { MediaKind } from './kind.ts'
import {
  type Cdn,
  header,
  request,
  statusError,
  type TransferOptions,
  type Watch,
  watching,
  withRetries,
} from './transfer.ts'
import { tooLarge } from './whole-file.ts'

const readBufferBytes = 1 << 18
const mediaTypes = { image: 1, video: 2, file: 3 } as const

/** The body of `getuploadurl` without its `base_info`, under its wire names. */
export interface UploadUrlRequest {
  /** 16 random bytes in hex. */
  filekey: string
  /** 1 image, 2 video, 3 file. */
  media_type: 1 | 2 | 3
  to_user_id: string
  /** Plain size in bytes. */
  rawsize: number
  /** md5 of the plain file, hex. */
  rawfilemd5: string
  /** Ciphertext size in bytes. */
  filesize: number
  /** Always true: Tencent's own client never sends thumbnails, and phones make their own from the media. */
  no_need_thumb: true
  /** Hex. */
  aeskey: string
}

/** What `getuploadurl` answered; one of the two is needed. */
interface UploadUrlAnswer {
  uploadFullUrl?: string | undefined
  uploadParam?: string | undefined
}

export interface UploadOptions extends TransferOptions {
  /** How the phone shows the file; see `kindOfFile`. */
  kind: MediaKind
  /** Id of the receiving person, case-sensitive. */
  toUserId: string
  /** Calls `getuploadurl`; its errors come out as they are. */
  requestUploadUrl(request: UploadUrlRequest): Promise<UploadUrlAnswer>
}

/** An uploaded file, ready to be put in an item. */
export interface UploadedMedia {
  kind: MediaKind
  /** Safe to show and to store under. */
  name: string
  /** Plain bytes. */
  size: number
  /** Ciphertext bytes. */
  cipherSize: number
  /** md5 of the plain file, hex. */
  md5: string
  /** The wire's CDNMedia. */
  media: { encrypt_query_param: string; aes_key: string; encrypt_type: 1 }
}

/**
 * Sends the file at `source.path` to the CDN under a fresh key. 5xx, broken connections and answers without a download
 * parameter are tried again, three times in all. Nothing is shown to the person yet.
 * @throws MediaError any code but `media-key-invalid`, `media-undecryptable` and `media-voice-undecodable`; the
 * signal's reason
 */
export const uploadMedia = async (
  source: { path: string; name: string },
  options: UploadOptions,
): Promise<UploadedMedia> => {
  options.signal.throwIfAborted()
  // One handle for all passes, so that hash and bytes are of the same file whatever happens to the name.
  const file = await openRegular(source.path)
  try {
    return { name: safeFileName(source.name), ...(await send(file, options)) }
  } finally {
    await file.close()
  }
}

const send = async (file: FileHandle, options: UploadOptions): Promise<Omit<UploadedMedia, 'name'>> => {
  const { size, md5 } = await measure(file, options)
  const key = randomBytes(16)
  const url = await askForUrl({ size, md5, key }, options)
  const once = (guard: Watch) =>
    post(url, encrypt(chunksOf(file, size), key), cipherSize(size), guard, options)
  const param = await withRetries(() => watching(options.signal, options.timeoutMs, once), options)
  return {
    kind: options.kind,
    size,
    cipherSize: cipherSize(size),
    md5,
    media: { encrypt_query_param: param, aes_key: encodeKey(key), encrypt_type: 1 },
  }
}

/** A directory, pipe or device is refused before it is opened: opening a pipe would wait for its writer. */
const openRegular = async (path: string): Promise<FileHandle> => {
  try {
    if ((await stat(path)).isFile()) return await open(path)
  } catch (error) {
    throw fileFailure(error)
  }
  throw new MediaError('media-file-failed', 'The media to send is not a regular file')
}

/** Size and hash in one pass, refused before reading when over the cap. */
const measure = async (file: FileHandle, { signal, maxBytes }: UploadOptions) => {
  const { size } = await file.stat()
  if (size > maxBytes) throw tooLarge(maxBytes)
  const hash = createHash('md5')
  for await (const chunk of chunksOf(file, size)) {
    signal.throwIfAborted()
    hash.update(chunk)
  }
  return { size, md5: hash.digest('hex') }
}

/** The first `size` bytes of the file. All chunks share one buffer: a chunk is valid until the next one is requested. */
async function* chunksOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(readBufferBytes)
  for (let position = 0; position < size; ) {
    const { bytesRead } = await file
      .read(buffer, 0, Math.min(buffer.length, size - position), position)
      .catch((error) => Promise.reject(fileFailure(error)))
    if (bytesRead === 0)
      throw new MediaError('media-source-changed', 'The media file became shorter while it was sent')
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

const askForUrl = async (
  { size, md5, key }: { size: number; md5: string; key: Buffer },
  options: UploadOptions,
): Promise<URL> => {
  const filekey = randomBytes(16).toString('hex')
  const answer = await options.requestUploadUrl({
    filekey,
    media_type: mediaTypes[options.kind],
    to_user_id: options.toUserId,
    rawsize: size,
    rawfilemd5: md5,
    filesize: cipherSize(size),
    no_need_thumb: true,
    aeskey: key.toString('hex'),
  })
  const param = answer.uploadParam
  const params = param ? { encrypted_query_param: param, filekey } : undefined
  return cdnUrl({ fullUrl: answer.uploadFullUrl, path: 'upload', params }, options.cdnBaseUrl)
}

/** One try; returns the download parameter. */
const post = async (
  url: URL,
  body: AsyncIterable<Uint8Array>,
  bodyBytes: number,
  guard: Watch,
  { agentFor }: Cdn,
): Promise<string> => {
  // Without a length the body would go out in the chunked coding, which not every CDN takes.
  const headers = { 'content-type': 'application/octet-stream', 'content-length': bodyBytes }
  const response = await request(url, { method: 'POST', headers, agent: agentFor?.(url) }, guard, body)
  if (response.statusCode !== 200) throw statusError(response)
  const param = header(response, 'x-encrypted-param')
  if (param) return param
  throw new MediaError('media-unavailable', 'The media CDN took the file and gave no download parameter')
}
