/**
 * `channels send`: a text of the operator's, and what became of it.
 */

import { z } from 'zod'
import { connectGateway } from '../control/client.ts'
import { type Output, show } from './show.ts'

export interface SendOptions {
  readonly to: string
  readonly text: string
  readonly account?: string
  readonly json?: true
}

const receipt = z.object({ status: z.string(), reason: z.string().optional() })

/** @throws why it was not sent */
export async function sendText(stateDir: string, options: SendOptions, write: Output): Promise<undefined> {
  const { to, text, account: accountId, json } = options
  const answer = await connectGateway(stateDir).post('/api/send', { to, text, accountId })
  show(write, json, answer, () => {
    const { status, reason } = receipt.parse(answer)
    return [reason === undefined ? status : `${status}: ${reason}`]
  })
}
