/**
 * The outbox's own copies of files: what they were made from may change or go before they are sent. A copy goes when
 * its row has ended; one that a kill has left without a row goes at the next start.
 */

import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { getSystemErrorMessage } from 'node:util'
import { codeOf, MoltbotError, messageOf, type ReplyMedia } from '@moltbot/channel-sdk'
import { type AddressRules, fetchBody, publicHref } from '@moltbot/channel-sdk/url-guard'
import { mediaTooLarge, writeCapped } from '../files/capped-file.ts'
import { contentOf, nameFor } from '../files/content.ts'
import { safeFileName } from '../files/file-name.ts'
import type { OutboxFile } from '../store/store.ts'

export interface OutgoingOptions {
  readonly folder: string
  /** Begins the names of copies: those of this run, whose rows may be yet to be written, are told from leftovers by it. */
  readonly runId: string
  /** Of one file. */
  readonly maxBytes: () => number
  /** Where URLs may lead; empty: to the public internet. */
  readonly addresses: AddressRules
}

/** For a file behind a URL, from its host's name to its last byte. */
const downloadTimeoutMs = 60_000
const lookupTimeoutMs = 5_000

export class OutgoingFiles {
  readonly #options: OutgoingOptions

  constructor(options: OutgoingOptions) {
    this.#options = options
  }

  /** Of one file; it shrinks when a puppet that takes less comes up. */
  get maxBytes(): number {
    return this.#options.maxBytes()
  }

  /**
   * Makes the copy of a file that is to be sent.
   * @throws `media-unreadable`, `media-too-large`, what the URL guard throws, the reason of `signal` after it fired
   */
  async keep({ source, name }: ReplyMedia, signal: AbortSignal): Promise<OutboxFile> {
    const { maxBytes } = this
    if ('path' in source) {
      return this.#write(
        name ?? basename(source.path),
        await openFile(source.path, maxBytes),
        maxBytes,
        signal,
      )
    }
    const limits = { maxBytes, timeoutMs: downloadTimeoutMs, signal }
    const { body } = await fetchBody(source.url, { ...this.#options.addresses, ...limits })
    return this.#write(name ?? nameInUrl(source.url), body, maxBytes, signal)
  }

  /** As `keep`, for a file of the operator's: it may lie anywhere, also behind links. */
  async keepOperators({ source, name }: ReplyMedia, signal: AbortSignal): Promise<OutboxFile> {
    if ('url' in source) return this.keep({ source, ...(name !== undefined && { name }) }, signal)
    const path = await realpath(source.path).catch((error: unknown) => {
      throw unreadable(source.path, error)
    })
    return this.keep({ source: { path }, name: name ?? basename(source.path) }, signal)
  }

  /** Makes a file of a text of the channel's own, however long it is. */
  keepText(name: string, text: string): Promise<OutboxFile> {
    const content = Buffer.from(text)
    return this.#write(name, Readable.from([content]), content.length, new AbortController().signal)
  }

  /** The URL as a person may be told it; undefined where it may lead inside. */
  publicHref(url: string, signal: AbortSignal): Promise<string | undefined> {
    return publicHref(url, { ...this.#options.addresses, timeoutMs: lookupTimeoutMs, signal })
  }

  /** For a copy that gets no row. */
  async discard({ path }: OutboxFile): Promise<void> {
    await rm(path, { force: true })
  }

  /** Removes the copies of earlier runs but those that rows still name. @returns how many */
  async sweep(named: readonly string[]): Promise<number> {
    const { folder, runId } = this.#options
    const needed = new Set(named.map((path) => basename(path)))
    const isLeftover = (name: string) => !name.startsWith(runId) && !needed.has(name)
    const leftovers = (await namesIn(folder)).filter(isLeftover)
    for (const name of leftovers) await rm(join(folder, name), { force: true })
    return leftovers.length
  }

  async #write(name: string, content: Readable, maxBytes: number, signal: AbortSignal): Promise<OutboxFile> {
    const { folder, runId } = this.#options
    const path = join(folder, `${runId}.${randomUUID()}`)
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeCapped(content, path, maxBytes, signal)
      return { path, name: nameFor(safeFileName(name), await contentOf(path)) }
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      content.destroy()
    }
  }
}

/** No link: where a path leads was settled before. Not waiting: nobody may ever write to a pipe. */
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

/** For the operator: it names a path of this machine, which is nobody's business in a chat. */
function unreadable(path: string, cause: unknown): MoltbotError {
  return new MoltbotError('media-unreadable', `${path} cannot be read: ${reasonOf(cause)}`, { cause })
}

/** Node's own messages repeat the path. */
function reasonOf(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined
  return typeof errno === 'number' ? getSystemErrorMessage(errno) : messageOf(error)
}

/** What its last part stands for; empty where there is none. */
export function nameInUrl(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    return last // A percent sign that begins no code.
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
}
