/**
 * `channels send`: a text or a file of the operator's, and what became of it.
 */

import { resolve } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { ReceiptAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export interface SendOptions {
  readonly to: string
  readonly text?: string
  /** A path, relative to where the command runs. */
  readonly media?: string
  readonly account?: string
  /** Keep it until it can be sent. */
  readonly queue?: true
  readonly json?: true
}

/**
 * 1 when only a part of it was sent.
 * @throws `usage` where the recipient or the content is missing, and why it was not sent
 */
export async function sendMessage(stateDir: string, options: SendOptions, output: Output): Promise<number> {
  const { to, text, account: accountId, queue, json } = options
  if (!to) throw new MoltbotError('usage', english('error: name the recipient with --to ID'))
  const media = options.media && resolve(options.media)
  if (!text && !media)
    throw new MoltbotError('usage', english('error: nothing to send; give --text, --media, or both'))
  const order = { to, text, media, accountId, queue }
  const receipt = await connectGateway(stateDir).call('send', order)
  show(output, json, receipt, () => [describe(receipt, output)])
  return receipt.status === 'partly-sent' ? exitCodes.failed : exitCodes.fine
}

function describe({ status, chunks, sent, reason }: ReceiptAnswer, output: Output): string {
  const outcome = output.translate(status)
  const counts = status === 'partly-sent' ? [output.say('{sent} of {chunks} parts', { sent, chunks })] : []
  return [outcome, ...counts, ...(reason === undefined ? [] : [output.translate(reason)])].join(': ')
}
