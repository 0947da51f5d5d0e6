/**
 * Outgoing files: checks their sources and names, and copies them into the blob store.
 */

import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { getSystemErrorMessage } from 'node:util'
import { MoltbotError, messageOf, type ReplyMedia } from '@moltbot/channel-sdk'
import { type AddressRules, fetchBody, publicHref } from '@moltbot/channel-sdk/url-guard'
import { mediaTooLarge } from '../files/capped-file.ts'
import { contentOf, nameFor } from '../files/content.ts'
import { safeFileName } from '../files/file-name.ts'
import type { OutboxFile } from '../model/outbox.ts'
import type { BlobLimit, Blobs } from '../store/blobs.ts'

export interface OutgoingOptions {
  readonly blobs: Blobs
  /** Largest file, in bytes. */
  readonly maxBytes: () => number
  /** Addresses that URLs may resolve to. Empty: the public internet only. */
  readonly addresses: AddressRules
}

/** Covers the whole download, from the lookup of the host name to the last byte. */
const downloadTimeoutMs = 60_000
const lookupTimeoutMs = 5_000

export class OutgoingFiles {
  readonly #options: OutgoingOptions

  constructor(options: OutgoingOptions) {
    this.#options = options
  }

  /** Largest file, in bytes. It decreases when a puppet with a smaller limit starts. */
  get maxBytes(): number {
    return this.#options.maxBytes()
  }

  /**
   * Copies a file that will be sent.
   * @throws `media-unreadable`, `media-too-large`, `media-no-room`, the errors of the URL guard, the reason of `signal` if it is aborted
   */
  async keep({ source, name }: ReplyMedia, signal: AbortSignal): Promise<OutboxFile> {
    const { maxBytes } = this
    if ('path' in source) {
      const content = await openFile(source.path, maxBytes)
      return this.#write(name ?? basename(source.path), content, { maxBytes, signal })
    }
    const limits = { maxBytes, timeoutMs: downloadTimeoutMs, signal }
    const { body } = await fetchBody(source.url, { ...this.#options.addresses, ...limits })
    return this.#write(name ?? nameInUrl(source.url), body, { maxBytes, signal })
  }

  /** As `keep`, for a file that the operator sends. Its path may contain symbolic links. */
  async keepOperators({ source, name }: ReplyMedia, signal: AbortSignal): Promise<OutboxFile> {
    if ('url' in source) return this.keep({ source, ...(name !== undefined && { name }) }, signal)
    const path = await realpath(source.path).catch((error: unknown) => {
      throw unreadable(source.path, error)
    })
    return this.keep({ source: { path }, name: name ?? basename(source.path) }, signal)
  }

  /** Stores a text as a file, of any length. */
  keepText(name: string, text: string): Promise<OutboxFile> {
    const content = Buffer.from(text)
    const { signal } = new AbortController()
    return this.#write(name, Readable.from([content]), { maxBytes: content.length, isText: true, signal })
  }

  /** The URL in the form that a user may see. Undefined if it may lead to a private address. */
  publicHref(url: string, signal: AbortSignal): Promise<string | undefined> {
    return publicHref(url, { ...this.#options.addresses, timeoutMs: lookupTimeoutMs, signal })
  }

  /** Removes a copy that no outbox row uses. */
  discard({ blob }: OutboxFile): Promise<void> {
    return this.#options.blobs.remove(blob)
  }

  async #write(name: string, content: Readable, limit: BlobLimit): Promise<OutboxFile> {
    const { blobs } = this.#options
    const blob = await blobs.put(content, limit)
    return { blob, name: nameFor(safeFileName(name), await contentOf(await blobs.path(blob))) }
  }
}

/** Follows no link, since the path was checked before; and does not wait, since a pipe may have no writer. */
async function openFile(path: string, maxBytes: number): Promise<Readable> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: unknown) => {
    throw unreadable(path, error)
  })
  const stats = await file.stat()
  if (stats.isFile() && stats.size <= maxBytes) return file.createReadStream()
  await file.close()
  throw stats.isFile() ? mediaTooLarge(maxBytes) : unreadable(path, 'it is not a regular file')
}

/** For the operator: it names a path of this machine, so it is never shown in a chat. */
function unreadable(path: string, cause: unknown): MoltbotError {
  return new MoltbotError('media-unreadable', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
}

/** The message without the path, which Node's own messages repeat. */
function reasonOf(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : messageOf(error)
}

/** The last part of its path, decoded; empty where there is none. */
export function nameInUrl(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last // The percent sign is not an escape.
  }
}
