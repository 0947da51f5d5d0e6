/**
 * `channels send`: a text or a file of the operator's, and what became of it.
 */

import { resolve } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { connectGateway } from '../control/client.ts'
import { type Output, show } from './show.ts'

export interface SendOptions {
  readonly to: string
  readonly text?: string
  /** A path, relative to where the command runs. */
  readonly media?: string
  readonly account?: string
  readonly json?: true
}

const receipt = z.object({ status: z.string(), reason: z.string().optional() })

/** @throws `usage` where there is nobody to send to, or nothing, and why it was not sent */
export async function sendMessage(stateDir: string, options: SendOptions, write: Output): Promise<undefined> {
  const { to, text, account: accountId, json } = options
  if (!to) throw new MoltbotError('usage', 'error: say --to ID')
  const media = options.media && resolve(options.media)
  if (!text && !media) throw new MoltbotError('usage', 'error: nothing to send; say --text, --media, or both')
  const answer = await connectGateway(stateDir).post('/api/send', { to, text, media, accountId })
  show(write, json, answer, () => {
    const { status, reason } = receipt.parse(answer)
    return [reason === undefined ? status : `${status}: ${reason}`]
  })
}
