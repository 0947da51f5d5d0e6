/**
 * The memory card of a puppet, in which web puppets store their login, in one file that is whole at any time: a card that
 * is cut short by a crash would ask a person to scan again.
 */

import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { Queue } from '@moltbot/channel-sdk'
import { MemoryCard } from 'memory-card'

type Payload = Record<string, unknown>

/** Bytes of a card. A login takes a few thousand. */
const maxBytes = 16 * 1024 * 1024

/** @returns a card that has been loaded. A file that is not a card is set aside as `.damaged`. */
export async function openMemory(path: string): Promise<MemoryCard> {
  const card = new FileMemoryCard()
  card.keepIn(path)
  await card.load()
  return card
}

/** The base class saves through `storage`, for which it knows only files of its own making. */
class FileMemoryCard extends MemoryCard {
  keepIn(path: string): void {
    const storage = {
      load: () => read(path),
      save: savesInOrder(path),
      destroy: () => rm(path, { force: true }),
    }
    Object.assign(this, { storage })
  }
}

async function read(path: string): Promise<Payload> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
  const payload = parse(text)
  if (payload !== undefined) return payload
  console.error('the memory card is damaged; the puppet begins without a login')
  await rename(path, `${path}.damaged`)
  return {}
}

function parse(text: string): Payload | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** Saves one after the other; puppets do not wait for them. */
function savesInOrder(path: string): (payload: Payload) => Promise<void> {
  const saves = new Queue()
  return async (payload) => {
    const text = JSON.stringify(payload)
    if (Buffer.byteLength(text) > maxBytes) {
      throw new Error(`the memory card is larger than ${maxBytes} bytes`)
    }
    await saves.run(() => write(path, text))
  }
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
}
