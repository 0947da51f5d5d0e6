/**
 * Fits a reply into the sends that a backend allows for one message of the user. Pure. The rest becomes one attachment, so
 * nothing of the reply is lost.
 */

import { type Chunk, textOf } from './chunk.ts'

export interface SendBudget {
  /** Messages that may still be sent. */
  readonly sends: number
  /** How many of the sends are reserved for later messages, such as a notice of a failure. */
  readonly reserve: number
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
 * Returns at most `sends - reserve` messages, including the attachment, but at least one. Short chunks are joined first.
 * If only one message is left and the reply needs more, the reply is an attachment only.
 */
export function packReply(chunks: readonly Chunk[], budget: SendBudget): PackedReply {
  const allowed = Math.max(1, budget.sends - budget.reserve)
  if (chunks.length <= allowed) return { texts: chunks.map(textOf) }
  const merged = mergeChunks(chunks, budget.limit)
  if (merged.length <= allowed) return { texts: merged.map(textOf) }
  return withAttachment(merged, allowed - 1, budget)
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

function withAttachment(chunks: readonly Chunk[], textCount: number, budget: SendBudget): PackedReply {
  if (textCount === 0) return { texts: [], attachment: attachmentOf(chunks) }
  const texts = chunks.slice(0, textCount).map(textOf)
  const last = `${texts.at(-1)?.trimEnd()}${beforeNotice}${budget.notice}`
  if (last.length <= budget.limit)
    return { texts: texts.with(-1, last), attachment: attachmentOf(chunks.slice(textCount)) }
  return {
    texts: texts.with(-1, budget.notice),
    attachment: attachmentOf(chunks.slice(textCount - 1)),
  }
}

function attachmentOf(chunks: readonly Chunk[]): { name: string; content: string } {
  const content =
    (chunks[0]?.opening ?? '') + chunks.map(({ body }) => body).join('') + (chunks.at(-1)?.closing ?? '')
  return { name: attachmentName, content }
}
