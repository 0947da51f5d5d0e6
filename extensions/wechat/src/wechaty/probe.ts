/**
 * A sign of life from a puppet that says it is logged in.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { isConnected } from '../puppets/extras.ts'

const dongDeadlineMs = 5_000

/** The contract's own question, `ding`, and what the puppet knows of its backend. @throws when either is bad */
export async function probe(puppet: Puppet): Promise<void> {
  await answerToDing(puppet)
  if (isConnected(puppet) === false) {
    throw new MoltbotError('backend-unreachable', 'the backend cannot be reached', { retryable: true })
  }
}

function answerToDing(puppet: Puppet): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const silent = new MoltbotError(
    'puppet-silent',
    `the puppet does not answer within ${dongDeadlineMs / 1_000} s`,
  )
  const timer = setTimeout(() => reject(silent), dongDeadlineMs)
  const onDong = () => resolve()
  puppet.on('dong', onDong)
  puppet.ding('are you there?')
  return promise.finally(() => {
    clearTimeout(timer)
    puppet.off('dong', onDong)
  })
}
