/**
 * Rests of long messages as text files of the turn: the agent reads the beginning as the message itself, and can look into
 * the rest as into any file.
 */

import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TurnMedia } from '@moltbot/channel-sdk'
import type { ClaimedTurn } from '../store/store.ts'
import type { TurnFiles } from './media.ts'

export const restFileName = 'rest-of-message.txt'

/** The files of a turn with the rests of its messages among them. */
export function withRests({ id, messages }: ClaimedTurn, files: TurnFiles, mediaFolder: string): TurnFiles {
  const long = messages.flatMap(({ id: messageId, rest }) => (rest ? [{ messageId, text: rest.text }] : []))
  if (long.length === 0) return files
  const folder = join(mediaFolder, `${id}-rests`)
  return {
    async gather(signal) {
      const gathered = await files.gather(signal)
      const media = new Map(gathered.media)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      for (const [index, { messageId, text }] of long.entries()) {
        const file = await textFile(join(folder, `${index}.txt`), text)
        media.set(messageId, [...(media.get(messageId) ?? []), file])
      }
      return { ...gathered, media }
    },
    async dispose(isShown) {
      await files.dispose(isShown)
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    },
  }
}

async function textFile(path: string, text: string): Promise<TurnMedia> {
  await writeFile(path, text, { mode: 0o600 })
  const { size } = await stat(path)
  return { kind: 'file', path, name: restFileName, mimeType: 'text/plain', sizeBytes: size }
}
