/**
 * The failures of a media transfer, as codes that a program can act on. Messages are for people and logs: they never
 * contain a key, a query parameter or a token.
 */

/**
 * - `media-url-missing`: neither a full URL nor an encrypted parameter was given.
 * - `media-url-refused`: a URL or redirect points away from the CDN.
 * - `media-key-invalid`: the key is missing where one is needed, or is not 16 bytes in any known encoding.
 * - `media-undecryptable`: the bytes do not belong to the key.
 * - `media-too-large`: larger than the caller's cap, or a voice message over the caps of the decoder.
 * - `media-no-room`: the caller's `MediaRoom` has no room for the file.
 * - `media-refused`: the CDN answered 4xx or with too many redirects; another attempt does not help.
 * - `media-unavailable`: 5xx, a broken connection or an incomplete answer, after all tries; iLink takes no file at present.
 * - `media-timeout`: no byte was transferred within the inactivity timeout, or the whole transfer took too long.
 * - `media-source-changed`: the file changed while it was sent.
 * - `media-file-failed`: the local file could not be read or written.
 * - `media-voice-undecodable`: the voice message is not SILK or is damaged; the raw file can still be used.
 */
export type MediaErrorCode =
  | 'media-url-missing'
  | 'media-url-refused'
  | 'media-key-invalid'
  | 'media-undecryptable'
  | 'media-too-large'
  | 'media-no-room'
  | 'media-refused'
  | 'media-unavailable'
  | 'media-timeout'
  | 'media-source-changed'
  | 'media-file-failed'
  | 'media-voice-undecodable'

const retryableCodes: ReadonlySet<MediaErrorCode> = new Set([
  'media-no-room',
  'media-unavailable',
  'media-timeout',
  'media-source-changed',
])

/** The one error class of media transfers. An abort by the caller is not one: it rejects with the signal's reason. */
export class MediaError extends Error {
  override readonly name = 'MediaError'
  readonly code: MediaErrorCode
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  /** Always true: a transfer shows nothing to a person, only `sendmessage` does. */
  readonly certain = true

  constructor(code: MediaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = retryableCodes.has(code)
  }
}

/** An error of the file system as a `media-file-failed`; every other error as it is. */
export const fileFailure = (error: unknown): unknown =>
  error instanceof Error && 'syscall' in error && 'code' in error
    ? new MediaError('media-file-failed', `The local media file failed: ${error.syscall} ${error.code}`, {
        cause: error,
      })
    : error
