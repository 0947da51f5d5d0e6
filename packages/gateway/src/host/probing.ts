/**
 * Signs of life of many accounts at a time.
 */

import { type Channel, messageOf } from '@moltbot/channel-sdk'
import pLimit from 'p-limit'
import type { ProbeAnswer } from '../api/answers.ts'

/** Each probe is a request to a backend. */
const maxProbesAtOnce = 20

export interface ProbedAccount {
  readonly channel: Channel
  readonly accountId: string
}

/** In the same order. Never throws. */
export function probeEach(accounts: readonly ProbedAccount[]): Promise<readonly ProbeAnswer[]> {
  const limit = pLimit(maxProbesAtOnce)
  return Promise.all(accounts.map((account) => limit(() => probe(account))))
}

async function probe({ channel, accountId }: ProbedAccount): Promise<ProbeAnswer> {
  try {
    await channel.probe(accountId)
    return { accountId, answers: true }
  } catch (error) {
    return { accountId, answers: false, problem: messageOf(error) }
  }
}
