/**
 * A connected puppet as the outbox and the turns see it.
 */

import { stat } from 'node:fs/promises'
import { FileBox } from 'file-box'
import type { Puppet } from 'wechaty-puppet'
import { writeCapped } from '../files/capped-file.ts'
import type { AccountLink } from '../model/link.ts'
import { capabilitiesOf } from '../puppets/capabilities.ts'
import { extrasOf, isConnected } from '../puppets/extras.ts'
import { withDeadline } from './deadline.ts'
import { sendFailure } from './send-failure.ts'

/** A puppet that takes no AbortSignal gets this long for one text, */
const sendTextDeadlineMs = 30_000
/** and this long for one file, either way. */
const fileDeadlineMs = 5 * 60_000

export function puppetLink(puppet: Puppet): AccountLink {
  const { minSendGapMs, resendUncertain, maxMediaBytes, quote } = capabilitiesOf(puppet)
  const extras = extrasOf(puppet)
  return {
    minSendGapMs,
    resendUncertain: resendUncertain && extras.sendText !== undefined,
    reachable: () => isConnected(puppet) !== false,
    maxMediaBytes,
    sendsLeft: ({ id }) => extras.sendWindow?.(id).remaining,
    async sendText({ id }, { text, quoteMessageId }, clientId, signal) {
      const quoted = quote && quoteMessageId !== undefined ? { quoteMessageId } : {}
      const sent = extras.sendText
        ? extras.sendText(id, text, { clientId, ...quoted, signal })
        : puppet.messageSendText(id, text)
      await confirmed(sent, sendTextDeadlineMs, 'the puppet did not confirm the message')
    },
    async sendFile({ id }, { path, name }, clientId, signal) {
      const box = FileBox.fromFile(path, name)
      const sent = extras.sendFile
        ? extras.sendFile(id, box, { clientId, signal })
        : puppet.messageSendFile(id, box)
      await confirmed(sent, fileDeadlineMs, 'the puppet did not confirm the file')
    },
    fetchMedia: (fileId, path, maxBytes, signal) =>
      withDeadline(store(puppet, fileId, path, maxBytes, signal), fileDeadlineMs, 'the file did not come'),
    async typing({ id }, on) {
      // A missing indicator is not worth a word: the answer matters.
      await extras.conversationTyping?.(id, on).catch(() => undefined)
    },
  }
}

async function confirmed(sent: Promise<unknown>, deadlineMs: number, otherwise: string): Promise<void> {
  try {
    await withDeadline(sent, deadlineMs, otherwise)
  } catch (error) {
    throw sendFailure(error)
  }
}

async function store(puppet: Puppet, fileId: string, path: string, maxBytes: number, signal: AbortSignal) {
  const box = await puppet.messageFile(fileId)
  await writeCapped(await box.toStream(), path, maxBytes, signal)
  return { name: box.name, sizeBytes: (await stat(path)).size }
}
