/**
 * A connected puppet as the outbox and the turns see it. Puppets hang, and most take no AbortSignal: every wait for one
 * ends at its deadline, with the caller's signal, and with the session of the puppet.
 */

import { stat } from 'node:fs/promises'
import { type SendLimits, type SendWindowFacts, withDeadline } from '@moltbot/channel-sdk'
import type { AddressRules } from '@moltbot/channel-sdk/url-guard'
import { FileBox } from 'file-box'
import type { Puppet } from 'wechaty-puppet'
import type { AccountLink, FetchedMedia } from '../model/link.ts'
import { capabilitiesOf } from '../puppets/capabilities.ts'
import {
  clockOffsetOf,
  extrasOf,
  isConnected,
  type LearntLimits,
  type SendWindow,
} from '../puppets/extras.ts'
import { type IncomingFileOptions, storeIncomingFile } from './incoming-file.ts'
import { notConnected, sendFailure } from './send-failure.ts'

const sendTextDeadlineMs = 30_000
/** For one file, sent or received. */
const fileDeadlineMs = 5 * 60_000
/** For the typing indicator, and for how many sends are left. */
const smallDeadlineMs = 5_000

/**
 * @param ended aborts when the session of the puppet ends
 * @param addresses that the URL of a received file may resolve to. Empty: the public internet only
 */
export function puppetLink(puppet: Puppet, ended: AbortSignal, addresses: AddressRules = {}): AccountLink {
  const { minSendGapMs, resendUncertain, maxMediaBytes, quote, sendBudget } = capabilitiesOf(puppet)
  const extras = extrasOf(puppet)
  return {
    minSendGapMs,
    resendUncertain: resendUncertain && extras.sendText !== undefined,
    reachable: () => !ended.aborted && isConnected(puppet) !== false,
    maxMediaBytes,
    clockOffsetMs: () => clockOffsetOf(puppet),
    async sendsLeft({ id }) {
      const window = async () => (await extras.sendWindow?.(id))?.remaining
      // An answer is not held back because its budget is unknown: the backend refuses what it does not take.
      return withDeadline(window, { ms: smallDeadlineMs, signal: ended }).catch(() => undefined)
    },
    async sendWindow({ id, kind }) {
      if (kind === 'group') return undefined
      const window = async () => extras.sendWindow?.(id)
      const found = await withDeadline(window, { ms: smallDeadlineMs, signal: ended }).catch(() => undefined)
      return found && windowFacts(found, clockOffsetOf(puppet) ?? 0)
    },
    async sendLimits() {
      const limits = async () => extras.sendLimits?.()
      const learnt = await withDeadline(limits, { ms: smallDeadlineMs, signal: ended }).catch(() => undefined)
      return sendBudget && learnt && limitsOf(sendBudget, learnt)
    },
    sendText({ id }, { text, quoteMessageId }, clientId, signal) {
      const quoted = quote && quoteMessageId !== undefined ? { quoteMessageId } : {}
      const send = (over: AbortSignal) =>
        extras.sendText
          ? extras.sendText(id, text, { clientId, ...quoted, signal: over })
          : puppet.messageSendText(id, text)
      return confirmed(send, ended, {
        ms: sendTextDeadlineMs,
        signal,
        otherwise: 'the puppet did not confirm the message',
      })
    },
    sendFile({ id }, { path, name }, clientId, signal) {
      const box = FileBox.fromFile(path, name)
      const send = (over: AbortSignal) =>
        extras.sendFile
          ? extras.sendFile(id, box, { clientId, signal: over })
          : puppet.messageSendFile(id, box)
      return confirmed(send, ended, {
        ms: fileDeadlineMs,
        signal,
        otherwise: 'the puppet did not confirm the file',
      })
    },
    fetchMedia: (fileId, path, maxBytes, signal, grow) =>
      withDeadline(
        (over) => store(puppet, fileId, path, { maxBytes, ...(grow && { grow }), addresses, signal: over }),
        {
          ms: fileDeadlineMs,
          signal: AbortSignal.any([signal, ended]),
          otherwise: 'the puppet did not deliver the file',
        },
      ),
    async forgetMessage(messageId) {
      const forget = () => extras.messageForget?.(messageId)
      await withDeadline(forget, { ms: smallDeadlineMs, signal: ended }).catch(() => undefined)
    },
    ...(extras.receiveAgain && {
      receiveAgain: (unstored) =>
        withDeadline(() => extras.receiveAgain?.(unstored), { ms: smallDeadlineMs, signal: ended }),
    }),
    stopReceiving: () => extras.stopReceiving?.(),
    async typing({ id }, on) {
      const show = () => extras.conversationTyping?.(id, on)
      // A missing indicator is not worth an error: the answer matters.
      await withDeadline(show, { ms: smallDeadlineMs, signal: ended }).catch(() => undefined)
    },
  }
}

/** @param offsetMs how far the clock of the backend is ahead of this machine's */
function windowFacts(
  { remaining, openedAtMs, closesAtMs, likely }: SendWindow,
  offsetMs: number,
): SendWindowFacts | 'never' | undefined {
  if (openedAtMs === undefined || closesAtMs === undefined) return remaining === 0 ? 'never' : undefined
  return {
    openedMs: openedAtMs - offsetMs,
    closesMs: (likely?.closesAtMs ?? closesAtMs) - offsetMs,
    left: likely?.remaining ?? remaining,
  }
}

function limitsOf(
  documented: SendLimits['documented'],
  { sends, windowMs, refusals, lastRefusalMs }: LearntLimits,
): SendLimits {
  return {
    documented,
    ...(sends !== undefined && { seenSends: sends }),
    ...(windowMs !== undefined && { seenWindowMs: windowMs }),
    refusals,
    ...(lastRefusalMs !== undefined && { lastRefusalMs }),
  }
}

interface Confirmation {
  readonly ms: number
  readonly signal: AbortSignal
  readonly otherwise: string
}

async function confirmed(
  send: (over: AbortSignal) => Promise<unknown>,
  ended: AbortSignal,
  { signal, ...deadline }: Confirmation,
): Promise<void> {
  if (ended.aborted) throw notConnected(ended.reason)
  const over = AbortSignal.any([signal, ended])
  try {
    await withDeadline(send, { ...deadline, signal: over })
  } catch (error) {
    throw error === over.reason ? error : sendFailure(error)
  }
}

async function store(
  puppet: Puppet,
  fileId: string,
  path: string,
  options: Omit<IncomingFileOptions, 'timeoutMs'>,
): Promise<FetchedMedia> {
  const { receiveFile } = extrasOf(puppet)
  const { maxBytes, signal } = options
  const stored = new AbortController()
  try {
    const box = await (receiveFile?.(fileId, { maxBytes, signal, until: stored.signal }) ??
      puppet.messageFile(fileId))
    await storeIncomingFile(box, path, { ...options, timeoutMs: fileDeadlineMs })
    return { name: box.name, sizeBytes: (await stat(path)).size }
  } finally {
    stored.abort()
  }
}
