/**
 * What OpenClaw sends: files of its agent's replies, and messages that it sends by itself: its message tool, announcements of scheduled runs, `openclaw message send`.
 */

import { realpath } from 'node:fs/promises'
import { basename, relative, resolve, sep } from 'node:path'
import { type Channel, MoltbotError, type ReplyMedia, type ReplyPiece } from '@moltbot/channel-sdk'
import { fileLostNotice } from '../outbound/notices.ts'
import type { OutboundOrder, OutboundResult } from './host-plugin.ts'
import { hostChannelId, targetId } from './ids.ts'
import { mediaOf } from './prompt.ts'

/** @throws `not-sent` with the reason, and `media-unreadable` for a file that the host does not allow */
export async function sendOrder(
  channel: Pick<Channel, 'send'>,
  accountId: string,
  order: OutboundOrder,
): Promise<OutboundResult> {
  const { to, text, mediaUrl, mediaLocalRoots = [], mediaAccess } = order
  const file = mediaUrl === undefined ? undefined : mediaOf(mediaUrl, mediaAccess?.workspaceDir)
  const media = file && (await allowedMedia(file, mediaLocalRoots))
  const receipt = await channel.send({ accountId, to: targetId(to), text, ...(media && { media }) })
  if (receipt.status !== 'sent') {
    const reason = receipt.reason === undefined ? '' : `: ${receipt.reason}`
    throw new MoltbotError('not-sent', `${receipt.sent} of ${receipt.chunks} parts were sent${reason}`)
  }
  return { channel: hostChannelId, messageId: `${hostChannelId}-${Date.now()}` }
}

/** A part of a reply without the files that the agent may not send. Notes below the reply name these. */
export async function confined(
  { media = [], ...piece }: ReplyPiece,
  roots: readonly string[],
): Promise<ReplyPiece> {
  const allowed: ReplyMedia[] = []
  const refused: string[] = []
  for (const one of media) {
    try {
      allowed.push(await allowedMedia(one, roots))
    } catch {
      refused.push('path' in one.source ? basename(one.source.path) : '')
    }
  }
  return {
    ...piece,
    ...(allowed.length > 0 && { media: allowed }),
    ...(refused.length > 0 && { note: fileLostNotice(refused.join(', ')) }),
  }
}

/** An agent may send what is in the folders that the host names, and nothing else of this machine. */
export async function allowedMedia(media: ReplyMedia, roots: readonly string[]): Promise<ReplyMedia> {
  const { source } = media
  if ('url' in source) return media
  const path = await realpath(source.path).catch(() => resolve(source.path))
  for (const root of roots) {
    const inside = relative(await realpath(root).catch(() => resolve(root)), path)
    if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`))
      return { ...media, source: { path } }
  }
  throw new MoltbotError('media-unreadable', 'the file is in no folder that OpenClaw lets an agent send from')
}
