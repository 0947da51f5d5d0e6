/**
 * What a send's error says about whether it was done. A puppet of another hand throws plain errors, which say nothing;
 * one kind is known all the same.
 */

import { MoltbotError, messageOf } from '@moltbot/channel-sdk'

/** How grpc-js (1.14) says that a call never left: there was no connection to send it on. */
const neverSent = /\bNo connection established\b|\bECONNREFUSED\b/

/** @returns `error` itself, or one that says that the send was surely not done and may be tried again */
export function sendFailure(error: unknown): unknown {
  if (!(error instanceof Error) || 'certain' in error || !neverSent.test(error.message)) return error
  return new MoltbotError('puppet-unreachable', messageOf(error), {
    retryable: true,
    certain: true,
    cause: error,
  })
}
