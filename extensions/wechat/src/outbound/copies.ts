/**
 * The outbox's own copy of a file is removed when its row has ended. One that cannot be removed is removed at the next start.
 */

import { type Logger, messageOf } from '@moltbot/channel-sdk'
import type { OutboxRow } from '../model/outbox.ts'
import type { Blobs } from '../store/blobs.ts'
import type { ShownFiles } from '../store/shown-files.ts'

export interface CopyOptions {
  readonly blobs: Pick<Blobs, 'remove' | 'path'>
  /** Takes the copies of parts that have ended. Absent: they are deleted. */
  readonly shown?: Pick<ShownFiles, 'keep'>
  readonly log: Logger
}

/** As {@link dropCopy}, for a part that the operator may look at. */
export async function showCopy(row: OutboxRow, accountId: string, options: CopyOptions): Promise<void> {
  const { part, id } = row
  const { blobs, shown } = options
  if (!('file' in part)) return
  await shown?.keep({ accountId, partId: String(id) }, await blobs.path(part.file.blob), part.file.name)
  await dropCopy(row, options)
}

/** Does nothing for a text. Never rejects. */
export async function dropCopy({ part }: OutboxRow, { blobs, log }: CopyOptions): Promise<void> {
  if (!('file' in part)) return
  await blobs.remove(part.file.blob).catch((error: unknown) => {
    log.warn({ error: messageOf(error) }, 'The copy of a file could not be removed')
  })
}
