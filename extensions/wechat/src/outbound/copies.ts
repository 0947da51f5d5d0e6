/**
 * The outbox's own copy of a file is removed when its row has ended. One that cannot be removed is removed at the next start.
 */

import { type Logger, messageOf } from '@moltbot/channel-sdk'
import type { OutboxRow } from '../model/outbox.ts'
import type { Blobs } from '../store/blobs.ts'

export interface CopyOptions {
  readonly blobs: Pick<Blobs, 'remove'>
  readonly log: Logger
}

/** Does nothing for a text. Never rejects. */
export async function dropCopy({ part }: OutboxRow, { blobs, log }: CopyOptions): Promise<void> {
  if (!('file' in part)) return
  await blobs.remove(part.file.blob).catch((error: unknown) => {
    log.warn({ error: messageOf(error) }, 'The copy of a file could not be removed')
  })
}
