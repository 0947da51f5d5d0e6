/**
 * A connected puppet as the outbox and the turns see it.
 */

import type { Puppet } from 'wechaty-puppet'
import type { OutboundLink } from '../outbound/link.ts'
import { capabilitiesOf } from '../puppets/capabilities.ts'
import { extrasOf, isConnected } from '../puppets/extras.ts'
import { withDeadline } from './deadline.ts'

/** A puppet that takes no AbortSignal gets this long for one message. */
const sendDeadlineMs = 30_000

export function puppetLink(puppet: Puppet): OutboundLink {
  const { minSendGapMs, resendUncertain } = capabilitiesOf(puppet)
  const extras = extrasOf(puppet)
  return {
    minSendGapMs,
    resendUncertain: resendUncertain && extras.sendText !== undefined,
    reachable: () => isConnected(puppet) !== false,
    async sendText(conversation, text, clientId, signal) {
      const sent = extras.sendText
        ? extras.sendText(conversation.id, text, { clientId, signal })
        : puppet.messageSendText(conversation.id, text)
      await withDeadline(sent, sendDeadlineMs, 'the puppet did not confirm the message')
    },
    async typing(conversation, on) {
      // A missing indicator is not worth a word: the answer matters.
      await extras.conversationTyping?.(conversation.id, on).catch(() => undefined)
    },
  }
}
