/**
 * Signs of life of many accounts at a time.
 */

import { type Channel, messageOf, withDeadline } from '@moltbot/channel-sdk'
import pLimit from 'p-limit'
import type { ProbeAnswer } from '../api/answers.ts'

/** Each probe is a request to a backend. */
const maxProbesAtOnce = 20

export interface ProbedAccount {
  readonly channel: Pick<Channel, 'probe'>
  readonly accountId: string
}

/** All together: less than a client waits for an answer. */
const probesTimeoutMs = 10_000

/** In the same order, at the latest when `timeoutMs` are over. Never throws. */
export function probeEach(
  accounts: readonly ProbedAccount[],
  timeoutMs = probesTimeoutMs,
): Promise<readonly ProbeAnswer[]> {
  const over = AbortSignal.timeout(timeoutMs)
  const limit = pLimit(maxProbesAtOnce)
  return Promise.all(accounts.map((account) => limit(() => probe(account, over))))
}

async function probe({ channel, accountId }: ProbedAccount, over: AbortSignal): Promise<ProbeAnswer> {
  try {
    await withDeadline(() => channel.probe(accountId), { signal: over })
    return { accountId, answers: true }
  } catch (error) {
    return { accountId, answers: false, ...(!over.aborted && { problem: messageOf(error) }) }
  }
}
