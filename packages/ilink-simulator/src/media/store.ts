// The CDN's shelves: what may be uploaded, and what lies there encrypted.

import { randomBytes } from 'node:crypto'
import { maxMediaBytes, maxUploads } from '../limits.ts'
import { setCapped } from '../state/capped.ts'
import type { Plain } from './cipher.ts'

export type MediaKind = 'image' | 'video' | 'file' | 'voice'

/** Permission for one upload, with what the bot has declared about it. */
export type Upload = {
  kind: MediaKind
  filekey: string
  cipherBytes: number
  plain: Plain
  /** Clients before 2.0 declare no key; then the content is checked when a message brings it. */
  key: Buffer | undefined
}

export type Medium = {
  kind: MediaKind
  cipher: Buffer
  /** What is inside: read with `key`, or as declared while no key is known. */
  plain: Plain
  key: Buffer | undefined
}

export class MediaStore {
  readonly #uploads = new Map<string, Upload>()
  readonly #media = new Map<string, Medium>()
  #bytes = 0

  /** Returns the upload parameter. */
  permit(upload: Upload): string {
    const param = newParam()
    setCapped(this.#uploads, param, upload, maxUploads)
    return param
  }

  upload(param: string): Upload | undefined {
    return this.#uploads.get(param)
  }

  /** Returns the download parameter. The oldest media leave when there is no more room. */
  put(medium: Medium): string {
    const param = newParam()
    this.#media.set(param, medium)
    this.#bytes += medium.cipher.length
    for (const [oldest, { cipher }] of this.#media) {
      if (this.#bytes <= maxMediaBytes || oldest === param) break
      this.#media.delete(oldest)
      this.#bytes -= cipher.length
    }
    return param
  }

  get(param: string): Medium | undefined {
    return this.#media.get(param)
  }
}

/** Standard base64: its `+`, `/` and `=` break a client that does not encode them in a URL. */
function newParam(): string {
  return randomBytes(100).toString('base64')
}
