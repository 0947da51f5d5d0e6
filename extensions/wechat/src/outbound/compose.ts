/**
 * From what the agent wrote to the parts that go out: rendered for the backend, in chunks, within its send budget.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Conversation } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboxPart } from '../store/store.ts'
import { chunkText } from './chunk.ts'
import { renderText } from './format/render.ts'
import type { OutboundLink } from './link.ts'
import { inLanguage } from './notices.ts'
import { packReply } from './pack.ts'

export interface ComposeOptions {
  readonly account: Pick<ResolvedAccount, 'textChunkLimit' | 'chunkMode' | 'replyLanguage'>
  /** The connected account; undefined: offline, so the configuration alone decides. */
  readonly link: OutboundLink | undefined
  readonly conversation: Conversation
  /** Where files of the outbox lie. */
  readonly outgoingFolder: string
  /** What the person wrote, for the language of the channel's own words. */
  readonly written: string
}

/** Kept back so that a file or a notice can still follow a long answer. */
const reservedSends = 1

/** @param markdown the agent's text. Files that it needs are written before it returns. */
export async function compose(markdown: string, options: ComposeOptions): Promise<OutboxPart[]> {
  const { link, conversation, account, written } = options
  const chunks = toChunks(renderText(markdown, link?.markdown ?? 'none'), account, link)
  const sends = link?.sendsLeft(conversation)
  if (sends === undefined) return chunks.map((text) => ({ text }))
  const { texts, attachment } = packReply(chunks, {
    sends: Math.max(sends, reservedSends + 1),
    reserve: reservedSends,
  })
  const parts: OutboxPart[] = texts.map((text) => ({
    text: typeof text === 'string' ? text : inLanguage(text, account.replyLanguage, written),
  }))
  if (attachment !== undefined) parts.push({ file: await keepFile(options.outgoingFolder, attachment) })
  return parts
}

/** Chunks of a text that is sent as it is, such as a notice or an operator's message. */
export function toChunks(
  text: string,
  { textChunkLimit, chunkMode }: Pick<ResolvedAccount, 'textChunkLimit' | 'chunkMode'>,
  link: OutboundLink | undefined,
): string[] {
  const limit = Math.min(textChunkLimit, link?.maxTextLength ?? textChunkLimit)
  // White space alone cannot be sent, and nobody misses it.
  return chunkText(text.trim(), limit, chunkMode).filter((chunk) => chunk.trim() !== '')
}

async function keepFile(
  folder: string,
  { name, content }: { readonly name: string; readonly content: string },
) {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  await writeFile(path, content, { mode: 0o600 })
  return { path, name }
}
