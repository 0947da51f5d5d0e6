/**
 * Events as receivers get them: pure functions from what happened to the JSON that is stored and sent. What people and the
 * bot write is below `data.content` only, which is left out unless the webhook asks for it.
 */

import { createHash, randomUUID } from 'node:crypto'
import type { AccountStatus } from '@moltbot/channel-sdk'
import { type WebhookConfig, webhookKey } from '../config/webhooks-schema.ts'
import type { InboundMessage } from '../model/message.ts'
import type { OutboxRow, Unsent } from '../model/outbox.ts'
import type { NewEvent, WebhookEventType } from '../model/webhook-event.ts'

/** UTF-16 units of a text in an event. */
export const maxTextLength = 4_000
/** UTF-16 units of a name. */
const maxNameLength = 200

/** What happened, for all webhooks. */
export interface Happening {
  readonly type: WebhookEventType
  /** The same for the same thing. */
  readonly id: string
  readonly atMs: number
  readonly data: object
  readonly content?: { readonly [name: string]: string | boolean }
}

/** The event for each webhook that wants it. */
export function eventsFor(webhooks: readonly WebhookConfig[], happening: Happening): NewEvent[] {
  const { type, id, atMs, data, content } = happening
  return webhooks
    .filter(({ events }) => events.includes(type))
    .map((webhook) => {
      const shown = content === undefined || !webhook.includeTexts ? data : { ...data, content }
      const body = JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data: shown })
      return { webhook: webhookKey(webhook), eventId: id, type, body }
    })
}

/** @param decision what the policy does with a message of somebody who is admitted */
export function receivedEvent(
  message: InboundMessage,
  decision: { readonly action: string; readonly reason: string },
): Happening {
  const { accountId, conversation, id, sender, kind, text, timestampMs, isBare } = message
  const { action, reason } = decision
  return {
    type: 'message.received',
    id: idOf('received', accountId, conversation.kind, conversation.id, id),
    atMs: timestampMs,
    data: { accountId, conversation, messageId: id, senderId: sender.id, kind, action, reason },
    content: {
      ...(isBare ? {} : textOf(text)),
      ...(sender.label !== undefined && { senderName: cut(sender.label, maxNameLength) }),
    },
  }
}

export function sentEvent(accountId: string, row: OutboxRow, nowMs: number): Happening {
  return partEvent('message.sent', accountId, row, nowMs, {})
}

/** Undefined where it will be tried again. */
export function failedEvent(
  accountId: string,
  row: OutboxRow,
  unsent: Unsent,
  nowMs: number,
): Happening | undefined {
  const { state, reason } = unsent
  if (state === 'parked' || state === 'attempted') return undefined
  return partEvent('message.failed', accountId, row, nowMs, { state, code: codeIn(reason) })
}

/** Without the QR code: who has it can log in. */
export function stateEvent(status: AccountStatus): Happening {
  const { accountId, name, puppet, state, sinceMs, reason, code, nextAction, userId } = status
  return {
    type: 'account.state',
    id: `evt_${randomUUID()}`,
    atMs: sinceMs,
    data: { accountId, name, puppet, state, reason, code, nextAction, userId },
  }
}

function partEvent(
  type: 'message.sent' | 'message.failed',
  accountId: string,
  row: OutboxRow,
  nowMs: number,
  outcome: object,
): Happening {
  const { conversation, groupId, clientId, purpose, part } = row
  const isFile = 'file' in part
  return {
    type,
    // A part that the operator sends once more may fail once more.
    id: idOf(type, accountId, clientId, String(row.createdMs)),
    atMs: nowMs,
    data: {
      accountId,
      conversation,
      partId: clientId,
      groupId,
      purpose,
      kind: isFile ? 'file' : 'text',
      ...outcome,
    },
    content: isFile ? { fileName: cut(part.file.name, maxNameLength) } : textOf(part.text),
  }
}

/** A reason is `code: words`, and the words may name people. */
const codeIn = (reason: string) => /^([a-z-]+): /.exec(reason)?.[1] ?? 'unknown'

function textOf(text: string): { text: string; isTextCut?: true } {
  const shown = cut(text, maxTextLength)
  return shown === text ? { text } : { text: shown, isTextCut: true }
}

const cut = (text: string, length: number) =>
  text.length <= length ? text : text.slice(0, length).toWellFormed()

function idOf(...parts: readonly string[]): string {
  return `evt_${createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 27)}`
}
