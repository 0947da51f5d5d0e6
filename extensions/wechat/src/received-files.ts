/**
 * The files of a received message and of its answer, as far as they are stored.
 */

import type { ReceivedMessage, StoredFile } from '@moltbot/channel-sdk'
import type { ShownFiles } from './store/shown-files.ts'

const kindsWithFile: ReadonlySet<string | undefined> = new Set(['image', 'voice', 'video', 'file'])

export async function withFiles(
  message: ReceivedMessage,
  accountId: string,
  shown: Pick<ShownFiles, 'find'>,
): Promise<ReceivedMessage> {
  const { conversation, messageId, kind } = message
  const own = kindsWithFile.has(kind) ? await shown.find({ accountId, conversation, messageId }) : undefined
  const parts = message.parts.map(async (part) => ({
    ...part,
    ...fileIn(part.isFile ? await shown.find({ accountId, partId: part.id }) : undefined),
  }))
  return { ...message, ...fileIn(own), parts: await Promise.all(parts) }
}

const fileIn = (file: StoredFile | undefined) => (file === undefined ? {} : { file })
