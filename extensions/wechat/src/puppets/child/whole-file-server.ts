/**
 * Wechaty's server, which keeps a file of a puppet until its client has fetched it. The registry of file-box counts a file as
 * saved when its source has ended; that may be before the file exists or is whole, and who reads it then gets nothing, or a
 * part.
 */

import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { UniformResourceNameRegistry } from 'file-box'
import { PuppetServer } from 'wechaty-puppet-service'

export class WholeFiles extends UniformResourceNameRegistry {
  override async save(stream: Readable): Promise<string> {
    const id = randomUUID()
    await pipeline(stream, createWriteStream(this.uuidFileName(id)))
    this.addToExpiringTable(id)
    return id
  }
}

export class WholeFileServer extends PuppetServer {
  override async start(): Promise<void> {
    this.urnRegistry = new WholeFiles()
    await this.urnRegistry.init()
    await super.start()
  }
}
