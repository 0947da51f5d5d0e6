/**
 * Stores a file that a puppet delivers, of whatever kind: its content, a stream of it, or its address.
 */

import type { Readable } from 'node:stream'
import { codeOf } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import { type FileBoxInterface, FileBoxType } from 'file-box'
import { type FileLimits, mediaTooLarge, writeCapped } from '../files/capped-file.ts'
import { isUrlFile, openUrlFile } from '../puppets/url-file.ts'

export interface IncomingFileOptions extends FileLimits {
  /** Addresses that a URL may resolve to. Empty: the public internet only. */
  readonly addresses: AddressRules
  /** For a whole download, milliseconds. */
  readonly timeoutMs: number
}

/**
 * Stores the file as `path`. Ends all by itself when `signal` aborts, late streams included.
 * @throws `media-too-large`, `media-no-room`, the errors of the URL guard, what the puppet throws, the reason of `signal` if it is aborted
 */
export async function storeIncomingFile(
  box: FileBoxInterface,
  path: string,
  options: IncomingFileOptions,
): Promise<void> {
  const { maxBytes } = options
  try {
    await writeCapped(await contentOf(box, options), path, options)
  } catch (error) {
    throw codeOf(error) === 'url-too-large' ? mediaTooLarge(maxBytes) : error
  }
}

async function contentOf(box: FileBoxInterface, options: IncomingFileOptions): Promise<Readable> {
  if (isUrlFile(box)) return openUrlFile(box, { ...options.addresses, ...options })
  const { signal } = options
  // Files of the other kinds open nothing before their stream is asked for.
  if (box.type !== FileBoxType.Stream) signal.throwIfAborted()
  const content = await box.toStream()
  if (signal.aborted) content.on('error', () => undefined).destroy()
  signal.throwIfAborted()
  return content
}
