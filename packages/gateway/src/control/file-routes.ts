/**
 * The file of a message, which is no JSON. Strangers made it: a browser gets pictures, sound and video of the formats that
 * it plays without running anything, and all else as a download without a type.
 */

import { Readable } from 'node:stream'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { Hono } from 'hono'
import { z } from 'zod'
import type { ControlEnv } from './guard.ts'
import { checked } from './request-body.ts'
import type { ControlTarget, FileOrder } from './target.ts'

export const filePath = '/api/messages/file'

const id = z.string().min(1).max(500)
const accountId = z.string().min(1).max(64).optional()

/** Ids only: no path comes from a client. */
const input = z.union([
  z
    .strictObject({ accountId, part: id })
    .transform(({ part, ...rest }): FileOrder => ({ ...rest, partId: part })),
  z
    .strictObject({ accountId, kind: z.enum(['direct', 'group']), conversationId: id, messageId: id })
    .transform(
      ({ kind, conversationId, ...rest }): FileOrder => ({
        ...rest,
        conversation: { kind, id: conversationId },
      }),
    ),
])

/** Not SVG, which may hold scripts. */
const shownTypes: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'audio/mpeg',
  'audio/wav',
  'audio/ogg',
  'audio/aac',
  'audio/x-m4a',
  'audio/mp4',
  'video/mp4',
  'video/webm',
])

export function addFileRoutes(
  app: Hono<ControlEnv>,
  target: Pick<ControlTarget, 'messageFile' | 'showsTexts'>,
): void {
  app.get(filePath, async (context) => {
    if (context.req.method === 'HEAD') return context.body(null, 405)
    if (context.var.session !== undefined && !target.showsTexts())
      throw new MoltbotError('texts-hidden', 'files are not shown, because dashboard.showTexts is false')
    const order = checked(input, context.req.query())
    const file = await target.messageFile(order)
    if (file === undefined) throw new MoltbotError('file-gone', 'this file is not stored, or not any more')
    const isShown = shownTypes.has(file.mimeType)
    const name = encodeURIComponent(file.name.toWellFormed()).replaceAll("'", '%27')
    return context.body(Readable.toWeb(file.content), 200, {
      'Content-Type': isShown ? file.mimeType : 'application/octet-stream',
      'Content-Length': String(file.sizeBytes),
      'Content-Disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`,
    })
  })
}
