/**
 * The way to the backend: a name that does not resolve, a network that is gone, a backend that answers 524.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { canMount } from '../mounts.ts'
import type { Scene } from '../scene.ts'
import type { Stage } from '../stage.ts'

/** What was being sent when the backend went away may have arrived, and is not repeated after this time. */
const resendWindowMs = 5 * 60_000

type Step = (stage: Stage) => unknown

/**
 * An answer is being written when the outage begins, and another message comes while it lasts: later than the poll that
 * was held, since what a backend hands to a dead connection is lost.
 */
async function outage(stage: Stage, failureMs: number, begin: Step, end: Step) {
  await stage.isAnswering()
  if (failureMs > resendWindowMs) stage.giveUpLatest()
  stage.forgetLog()
  await begin(stage)
  stage.model.release()
  const { reason } = await stage.reaches('reconnecting')
  await stage.say()
  await sleep(failureMs)
  stage.forgetLog()
  await end(stage)
  const answeredAfterMs = await stage.allAnswered()
  await stage.reaches('online')
  return { reason, answeredAfterMs }
}

export const networkRefuses: Scene = {
  name: 'network-refuses',
  seconds: { test: 1, hand: 180 },
  run: (stage, failureMs) =>
    outage(
      stage,
      failureMs,
      ({ relay }) => relay.refuse(),
      ({ relay }) => relay.restore(),
    ),
}

/** Connections stay open and nothing comes through; the poll that is held notices it last. */
export const networkSilent: Scene = {
  name: 'network-silent',
  seconds: { test: undefined, hand: 180 },
  run: (stage, failureMs) =>
    outage(
      stage,
      failureMs,
      ({ relay }) => relay.swallow(),
      ({ relay }) => relay.restore(),
    ),
}

/** Connections that are open would work on. */
export const dnsGone: Scene = {
  name: 'dns-gone',
  seconds: { test: 1, hand: 180 },
  isPossible: canMount,
  run: (stage, failureMs) =>
    outage(
      stage,
      failureMs,
      ({ hostName, relay }) => {
        hostName?.isKnown(false)
        relay.cut()
      },
      ({ hostName }) => hostName?.isKnown(true),
    ),
}

export const backendDown: Scene = {
  name: 'backend-524',
  seconds: { test: 1, hand: 600 },
  run: (stage, failureMs) => {
    const { control } = stage.backend
    const fail = (endpoint: 'getupdates' | 'sendmessage') =>
      control.fault({ endpoint, kind: 'status', value: 524, times: 100_000 })
    return outage(
      stage,
      failureMs,
      () => Promise.all([fail('getupdates'), fail('sendmessage')]),
      () => control.clearFaults(),
    )
  },
}
