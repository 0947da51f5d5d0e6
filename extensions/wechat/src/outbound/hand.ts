/**
 * Hands one part of the outbox to the connected account.
 */

import type { AccountLink } from '../model/link.ts'
import type { OutboxRow } from '../model/outbox.ts'
import type { Blobs } from '../store/blobs.ts'

/** @throws what the link throws; see `AccountLink.sendText` */
export async function handTo(
  link: AccountLink,
  { conversation, part, clientId }: OutboxRow,
  blobs: Pick<Blobs, 'path'>,
  signal: AbortSignal,
): Promise<void> {
  if (!('file' in part)) return link.sendText(conversation, part, clientId, signal)
  const { blob, name } = part.file
  return link.sendFile(conversation, { path: await blobs.path(blob), name }, clientId, signal)
}
