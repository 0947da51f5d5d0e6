/**
 * From what the agent wrote to the parts that go out: rendered for the backend, in chunks, within its send budget.
 */

import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Conversation } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboxPart } from '../store/store.ts'
import { chunkText, splitText } from './chunk.ts'
import { renderText } from './format/render.ts'
import type { OutboundLink } from './link.ts'
import { inLanguage, restAttachedNotice } from './notices.ts'
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
/** What an answer is packed for that has to wait for the person's next message. */
const freshSends = 10

/** @param markdown the agent's text. Files that it needs are written before it returns. */
export async function compose(markdown: string, options: ComposeOptions): Promise<OutboxPart[]> {
  const { link, conversation, account, written } = options
  const text = renderText(markdown, link?.markdown ?? 'none')
  const sends = link?.sendsLeft(conversation)
  if (sends === undefined) return toChunks(text, account, link).map((chunk) => ({ text: chunk }))
  const limit = limitOf(account, link)
  const packed = packReply(splitText(text.trim(), limit, account.chunkMode), {
    // With nothing left the reply waits in the outbox until the person writes again, and is packed for that.
    sends: sends === 0 ? freshSends : sends,
    reserve: reservedSends,
    limit,
    notice: inLanguage(restAttachedNotice, account.replyLanguage, written),
  })
  const parts: OutboxPart[] = packed.texts.filter(isSayable).map((chunk) => ({ text: chunk }))
  const { attachment } = packed
  if (attachment !== undefined) parts.push({ file: await keepFile(options.outgoingFolder, attachment) })
  return parts
}

/** Chunks of a text that is sent as it is, such as a notice or an operator's message. */
export function toChunks(
  text: string,
  account: Pick<ResolvedAccount, 'textChunkLimit' | 'chunkMode'>,
  link: OutboundLink | undefined,
): string[] {
  return chunkText(text.trim(), limitOf(account, link), account.chunkMode).filter(isSayable)
}

function limitOf(
  { textChunkLimit }: Pick<ResolvedAccount, 'textChunkLimit'>,
  link: OutboundLink | undefined,
): number {
  return Math.min(textChunkLimit, link?.maxTextLength ?? textChunkLimit)
}

/** White space alone cannot be sent, and nobody misses it. */
const isSayable = (chunk: string) => chunk.trim() !== ''

async function keepFile(
  folder: string,
  { name, content }: { readonly name: string; readonly content: string },
) {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, randomUUID())
  await writeFile(path, content, { mode: 0o600 })
  return { path, name }
}
