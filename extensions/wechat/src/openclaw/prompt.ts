/**
 * A turn as OpenClaw's agent reads it: the text of the people, and everything else as structured data that the host marks
 * as untrusted. Pure.
 */

import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  meansTool,
  type ReplyMedia,
  type ReplyPiece,
  type ToolScope,
  type Turn,
  type TurnMessage,
} from '@moltbot/channel-sdk'
import { safeLabel } from '../policy/untrusted.ts'
import type { ReplyPayload, StructuredContext, ToolPolicy } from './host-api.ts'

export const noTools: ToolPolicy = { deny: ['*'] }

/** The text of all messages. In a group where several people write, a line above each names its sender. */
export function textOf({ conversation, messages }: Turn): string {
  const senders = new Set(messages.map(({ sender }) => sender.id))
  const namesSenders = conversation.kind === 'group' && senders.size > 1
  return messages.map((message) => (namesSenders ? signed(message) : ownText(message))).join('\n')
}

/** What the person did not write here: earlier messages, quotes, names of files, replies that did not arrive. */
export function contextOf({ messages, context = [], undelivered = [] }: Turn): StructuredContext[] {
  const quotes = messages.flatMap(({ id, quote }) =>
    quote === undefined
      ? []
      : [{ message: id, from: quote.senderLabel, fromYou: quote.fromBot, text: quote.text }],
  )
  const files = messages.flatMap(({ media = [], quote }) =>
    [...(quote?.media ?? []), ...media].map(({ name, kind, mimeType, sizeBytes }) => ({
      name,
      kind,
      mimeType,
      sizeBytes,
    })),
  )
  return [
    entry('parts of your earlier replies that could not be delivered to the chat', undelivered),
    entry(
      'earlier messages of this group, oldest first, not addressed to you',
      context.map(({ senderLabel, text, timestampMs }) => ({
        from: senderLabel,
        at: isoTime(timestampMs),
        text,
      })),
    ),
    entry('what the messages of this turn answer to', quotes),
    entry('files that came with the messages of this turn', files),
  ].flat()
}

/** All scopes as the one policy that the host takes. Undefined: every tool. */
export function toolPolicyOf(scopes: readonly ToolScope[] = []): ToolPolicy | undefined {
  const deny = [...new Set(scopes.flatMap((scope) => scope.deny ?? []))]
  const lists = scopes.flatMap(({ allow }) => (allow === undefined ? [] : [allow]))
  const allow = lists.length === 0 ? undefined : lists.reduce(common)
  if (allow?.length === 0) return noTools
  const denied = [...new Set([...deny, ...impliedOf(allow)])]
  if (allow === undefined && denied.length === 0) return undefined
  return { ...(allow && { allow: [...allow] }), ...(denied.length > 0 && { deny: denied }) }
}

/** The tool that the host adds to a list with `write`, unless the list has it anyway. */
function impliedOf(allow: readonly string[] = []): string[] {
  const has = (name: string) => allow.some((pattern) => meansTool(pattern, name))
  return has('write') && !has('apply_patch') ? ['apply_patch'] : []
}

/** A payload of the host's reply. Its files are paths, file URLs or addresses. */
export function pieceOf({ text = '', mediaUrl, mediaUrls = [] }: ReplyPayload): ReplyPiece {
  const urls = new Set([...(mediaUrl === undefined ? [] : [mediaUrl]), ...mediaUrls])
  return { text, ...(urls.size > 0 && { media: [...urls].map((url) => mediaOf(url)) }) }
}

/** @param folder what a relative path is relative to */
export function mediaOf(url: string, folder = '.'): ReplyMedia {
  if (/^https?:/i.test(url)) return { source: { url } }
  const path = /^file:/i.test(url) ? fileURLToPath(url) : resolve(folder, url)
  const [, name, extension = ''] = storedName.exec(basename(path)) ?? []
  return { source: { path }, ...(name !== undefined && { name: name + extension }) }
}

/** The host copies the files of replies to `<name>---<UUID><extension>`; people see the name. */
const storedName = /^(.+)---[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(\.[^.]*)?$/i

/** The patterns that match what both lists match. */
function common(ones: readonly string[], others: readonly string[]): string[] {
  const narrower = (pattern: string, list: readonly string[]) =>
    list.some((wider) => isWithin(pattern, wider))
  return [
    ...new Set([
      ...ones.filter((one) => narrower(one, others)),
      ...others.filter((other) => narrower(other, ones)),
    ]),
  ]
}

function isWithin(pattern: string, wider: string): boolean {
  if (!pattern.endsWith('*')) return meansTool(wider, pattern)
  return wider.endsWith('*') && pattern.startsWith(wider.slice(0, -1))
}

function signed(message: TurnMessage): string {
  const { id, label } = message.sender
  return `[from ${safeLabel(label ?? id)}, id ${safeLabel(id)}]\n${ownText(message).replaceAll(signature, '> $&')}`
}

/** A line with which a text could pretend to be of somebody else. */
const signature = /^[ \t]*\[from /gimu

/** Models refuse empty messages. */
function ownText({ text, media = [] }: TurnMessage): string {
  return text || (media.length > 0 ? '(a file without words)' : '(no words)')
}

function entry(label: string, payload: readonly unknown[]): StructuredContext[] {
  return payload.length === 0 ? [] : [{ label, payload }]
}

function isoTime(ms: number): string | undefined {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
