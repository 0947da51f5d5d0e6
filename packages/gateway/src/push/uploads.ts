/**
 * Files that programs push: each is written to a file of the gateway's own, under a name of the gateway's own, and deleted
 * after the push; the channel has its copy by then.
 */

import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type DiskBudget, MoltbotError } from '@moltbot/channel-sdk'
import { makePrivateDir } from '../state/state-dir.ts'
import type { PushedFile } from './push-desk.ts'

export const maxUploadBytes = 25 * 1024 * 1024
/** Each holds a connection and a file. */
const maxUploads = 4

export interface Upload extends PushedFile {
  /** Deletes the file. Never rejects. */
  remove(): Promise<void>
}

export class Uploads {
  readonly #folder: string
  readonly #disk: DiskBudget
  #running = 0

  /** @param folder is emptied: what is in it belongs to pushes of a process that has ended */
  constructor(folder: string, disk: DiskBudget) {
    rmSync(folder, { recursive: true, force: true })
    makePrivateDir(folder)
    this.#folder = folder
    this.#disk = disk
  }

  /** @throws `body-too-large`, `media-no-room`, `too-many-uploads`; nothing of the file is left then */
  async keep(name: string, content: Readable): Promise<Upload> {
    if (this.#running >= maxUploads)
      throw new MoltbotError('too-many-uploads', `at most ${maxUploads} uploads at a time`, {
        retryable: true,
      })
    this.#running++
    const path = join(this.#folder, randomUUID())
    const share = this.#disk.share()
    const remove = async () => {
      await rm(path, { force: true }).catch(() => undefined)
      share.giveBack()
    }
    try {
      const sha256 = await this.#write(path, content, (bytes) => share.grow(bytes))
      return { path, name, sha256, remove }
    } catch (error) {
      await remove()
      throw error
    } finally {
      this.#running--
    }
  }

  async #write(path: string, content: Readable, grow: (bytes: number) => Promise<void>): Promise<string> {
    const hash = createHash('sha256')
    const file = await open(path, 'wx', 0o600)
    let bytes = 0
    let problem: unknown
    const keep = async (piece: Buffer) => {
      if (bytes > maxUploadBytes) throw tooLarge()
      await grow(bytes)
      hash.update(piece)
      await file.write(piece)
    }
    try {
      // Read to its end in any case: a sender that is cut off does not read why.
      for await (const piece of content) {
        bytes += piece.length
        if (problem === undefined) await keep(piece).catch((error: unknown) => (problem = error))
      }
    } finally {
      await file.close()
    }
    if (problem !== undefined) throw problem
    return hash.digest('hex')
  }
}

export const tooLarge = () =>
  new MoltbotError('body-too-large', `a file has at most ${maxUploadBytes / 1024 / 1024} MB`)
