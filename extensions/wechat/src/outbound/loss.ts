/**
 * Decides what a person is told about a part of an answer that did not go out. Pure. The report goes through the outbox as
 * well, at most one a day in each conversation, and a report that is not sent is not reported.
 */

import { codeOf, type Notice } from '@moltbot/channel-sdk'
import type { OutboxRow, Unsent } from '../model/outbox.ts'
import { fileDelayedNotice, fileLostNotice, maybeLostNotice, textLostNotice } from './notices.ts'

/** A person gets at most one report in this time, milliseconds. */
export const reportEveryMs = 24 * 60 * 60_000

/**
 * @param thrown why the last attempt failed, if there was one
 * @returns undefined: nothing of an answer is lost, or it is not known to be
 */
export function lossNotice({ purpose, part, isCutOff }: OutboxRow, unsent: Unsent, thrown?: unknown) {
  if (purpose !== 'answer') return undefined
  const fileName = 'file' in part ? part.file.name : undefined
  switch (unsent.state) {
    case 'failed':
    case 'expired':
      return fileName === undefined ? textLostNotice : fileLostNotice(fileName)
    case 'uncertain':
      // A part that was cut off by a stop or a crash probably arrived.
      return isCutOff ? undefined : maybeLostNotice
    case 'parked':
      return unsent.cause === 'rate' ? delayNotice(fileName, thrown) : undefined
    case 'attempted':
      return undefined
  }
}

/** The text before a file says that the file is here, so its delay is reported at once. Others are only late. */
function delayNotice(fileName: string | undefined, thrown: unknown): Notice | undefined {
  if (fileName === undefined || codeOf(thrown) === 'rate-limited') return undefined
  return fileDelayedNotice(fileName)
}
