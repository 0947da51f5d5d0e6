/**
 * Fits a reply into the sends that a backend allows for one message of the user. Pure. The rest becomes one attachment, so
 * nothing of the reply is lost.
 */

import { type Chunk, textOf } from './chunk.ts'

export interface PackLimits {
  /** The most messages that the reply may become, including the attachment; at least 1. */
  readonly messages: number
  /** Longest text, in UTF-16 units. */
  readonly limit: number
  /** Informs the user that the rest is in the attachment. */
  readonly notice: string
}

export interface PackedReply {
  readonly texts: readonly string[]
  /** Sent after the texts. */
  readonly attachment?: { readonly name: string; readonly content: string }
}

const attachmentName = 'reply.md'
const beforeNotice = '\n\n'

/**
 * Returns at most `messages` messages, including the attachment. Short chunks are joined first.
 * If only one message is left and the reply needs more, the reply is an attachment only.
 */
export function packReply(chunks: readonly Chunk[], limits: PackLimits): PackedReply {
  const allowed = limits.messages
  if (chunks.length <= allowed) return { texts: chunks.map(textOf) }
  const merged = mergeChunks(chunks, limits.limit)
  if (merged.length <= allowed) return { texts: merged.map(textOf) }
  return withAttachment(merged, allowed - 1, limits)
}

/** Joins adjacent chunks that fit in `limit`. A fence that was split between them becomes one again. */
function mergeChunks(chunks: readonly Chunk[], limit: number): Chunk[] {
  const merged: Chunk[] = []
  for (const chunk of chunks) {
    const last = merged.at(-1)
    const joined = last && { opening: last.opening, body: last.body + chunk.body, closing: chunk.closing }
    if (joined !== undefined && textOf(joined).length <= limit) merged[merged.length - 1] = joined
    else merged.push(chunk)
  }
  return merged
}

function withAttachment(chunks: readonly Chunk[], textCount: number, limits: PackLimits): PackedReply {
  if (textCount === 0) return { texts: [], attachment: attachmentOf(chunks) }
  const texts = chunks.slice(0, textCount).map(textOf)
  const last = `${texts.at(-1)?.trimEnd()}${beforeNotice}${limits.notice}`
  if (last.length <= limits.limit)
    return { texts: texts.with(-1, last), attachment: attachmentOf(chunks.slice(textCount)) }
  return {
    texts: texts.with(-1, limits.notice),
    attachment: attachmentOf(chunks.slice(textCount - 1)),
  }
}

function attachmentOf(chunks: readonly Chunk[]): { name: string; content: string } {
  const content =
    (chunks[0]?.opening ?? '') + chunks.map(({ body }) => body).join('') + (chunks.at(-1)?.closing ?? '')
  return { name: attachmentName, content }
}
