/**
 * From the CDN to a plain file: received, deciphered, hashed and written in one pass through bounded memory.
 */
import type { IncomingMessage } from 'node:http'
import { cipherSize, decodeKey, decrypt, release } from './aes.ts'
import { cdnUrl, redirectUrl } from './cdn-url.ts'
import { MediaError } from './errors.ts'
import type { MediaRef } from './reference.ts'
import {
  connectionLost,
  header,
  request,
  statusError,
  type TransferOptions,
  type Watch,
  watched,
  watching,
  withRetries,
} from './transfer.ts'
import { type StoredFile, storeWhole, tooLarge } from './whole-file.ts'

const maxRedirects = 3

/**
 * Fetches the media of `ref` into `destinationPath` (mode 0600, replacing what is there; its folder must exist). The
 * file appears whole or not at all. 5xx and broken connections are tried again.
 * @returns size and md5 of the plain file
 * @throws MediaError any code but `media-source-changed` and `media-voice-undecodable`; the signal's reason
 */
export const downloadMedia = async (
  ref: MediaRef,
  destinationPath: string,
  options: TransferOptions,
): Promise<StoredFile> => {
  options.signal.throwIfAborted()
  const key = keyOf(ref)
  const param = ref.encryptQueryParam
  const params = param ? { encrypted_query_param: param } : undefined
  const url = cdnUrl({ fullUrl: ref.fullUrl, path: 'download', params }, options.cdnBaseUrl)
  const once = async (guard: Watch): Promise<StoredFile> => {
    const received = await receive(url, options, guard)
    const plain = key ? decrypt(received, key) : received
    return storeWhole(plain, destinationPath, options, (stored) => verify(stored, ref))
  }
  return withRetries(() => watching(options.signal, options.timeoutMs, once), options)
}

const keyOf = (ref: MediaRef): Buffer | undefined => {
  if (ref.aesKey) return decodeKey(ref.aesKey)
  if (ref.kind === 'image') return undefined
  throw new MediaError('media-key-invalid', `The ${ref.kind} came without a key`)
}

/** The body as it comes, once the CDN has answered 200. */
const receive = async (
  start: URL,
  options: TransferOptions,
  guard: Watch,
): Promise<AsyncIterable<Uint8Array>> => {
  let url = start
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await request(url, { method: 'GET', agent: options.agentFor?.(url) }, guard)
    const { statusCode = 0 } = response
    if (statusCode === 200) {
      const announced = Number(header(response, 'content-length'))
      if (announced > cipherSize(options.maxBytes)) throw tooLarge(options.maxBytes)
      return watched(bodyOf(response), guard, connectionLost)
    }
    if (statusCode < 300 || statusCode >= 400) throw statusError(response)
    url = redirectUrl(header(response, 'location'), url, options.cdnBaseUrl)
  }
  throw new MediaError('media-refused', `The media CDN redirected more than ${maxRedirects} times`)
}

/**
 * The body as it comes. Its memory is freed as soon as the next chunk is asked for, and so is that of the socket's
 * chunks, which http copies: left to the garbage collector, both would pile up to several times the file.
 */
async function* bodyOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  const { socket } = response
  const fromSocket: Uint8Array[] = []
  const remember = (chunk: Uint8Array) => void fromSocket.push(chunk)
  socket.on('data', remember)
  try {
    for await (const chunk of response) {
      yield chunk
      release(chunk)
      // Everything that the socket has given so far has been read, so even a body that shares its memory is spent.
      if (response.readableLength === 0) fromSocket.splice(0).forEach(release)
    }
  } finally {
    socket.off('data', remember)
  }
}

/**
 * One wrong key in 256 still yields a valid padding. The declared values show it, but only together: some
 * senders declare one of them wrongly.
 */
const verify = ({ size, md5 }: StoredFile, { declared }: MediaRef): void => {
  if (!declared || declared.size === size || declared.md5 === md5) return
  throw new MediaError('media-undecryptable', 'The media is not what its sender declared')
}
