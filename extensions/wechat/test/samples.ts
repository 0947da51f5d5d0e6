/**
 * Helpers for several tests of this package.
 */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Conversation, Logger } from '@moltbot/channel-sdk'
import type { InboundMessage } from '../src/model/message.ts'

export const alice = 'o9Alice@im.wechat'
export const withAlice: Conversation = { kind: 'direct', id: alice }

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'moltbot-wechat-'))
}

export function messageFrom(
  senderId: string,
  id: string,
  changes: Partial<InboundMessage> = {},
): InboundMessage {
  return {
    accountId: 'default',
    id,
    conversation: { kind: 'direct', id: senderId },
    sender: { id: senderId },
    bot: { id: 'b0f5860fdecb@im.bot', name: 'Bot' },
    idStability: 'stable',
    kind: 'text',
    text: `text of ${id}`,
    timestampMs: 1_700_000_000_000,
    ...changes,
  }
}

/** A logger that records its lines. */
export function recordingLog(): Logger & {
  readonly lines: { level: string; fields: object; message: string }[]
} {
  const lines: { level: string; fields: object; message: string }[] = []
  const at = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message })
  }
  const log = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  }
  return log
}

/** Resolves when `check` no longer throws. @throws its last error after `timeoutMs` */
export async function eventually(check: () => void | Promise<void>, timeoutMs = 15_000): Promise<void> {
  const endMs = Date.now() + timeoutMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > endMs) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
