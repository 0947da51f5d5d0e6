/**
 * Whether a puppet still lives. A puppet that has died says so in no event that can be relied on: one that talks to a
 * server goes on as if nothing were when its stream has broken, for a minute at best. So it is asked: after an error,
 * and when it has been silent for long.
 */

import type { Puppet } from 'wechaty-puppet'

export interface Vitals {
  /** Resolves with the reason when the puppet has died. */
  readonly died: Promise<string>
  /** It said something. */
  signOfLife(): void
  /** It reported an error: look at it more closely. */
  trouble(): void
  end(): void
}

export interface VitalsTiming {
  /** How often its state is looked at. */
  readonly lookEveryMs: number
  /** Silent this long, it is asked. */
  readonly silentMs: number
  /** For an answer. */
  readonly answerMs: number
}

export const vitalsTiming: VitalsTiming = { lookEveryMs: 1_000, silentMs: 30_000, answerMs: 5_000 }
/** One answer may be lost. */
const unansweredAtDeath = 2

export function watchVitals(puppet: Puppet, timing: VitalsTiming): Vitals {
  const { promise: died, resolve } = Promise.withResolvers<string>()
  /** Of the question that is open. */
  let askedMs: number | undefined
  let unanswered = 0
  let heardMs = performance.now()
  let suspected = false
  /** A puppet that never answers, and never complains, may simply not know the question. */
  let answers = false

  const signOfLife = () => {
    heardMs = performance.now()
  }
  const onDong = () => {
    answers = true
    suspected = false
    unanswered = 0
    askedMs = undefined
    signOfLife()
  }
  const ask = () => {
    askedMs = performance.now()
    try {
      puppet.ding('are you there?')
    } catch {
      // A puppet that cannot even be asked will not answer.
    }
  }
  const look = () => {
    if (puppet.state.active() !== true) return resolve('the puppet stopped by itself')
    const nowMs = performance.now()
    if (askedMs === undefined) {
      if (suspected || nowMs - heardMs > timing.silentMs) ask()
      return
    }
    if (nowMs - askedMs < timing.answerMs) return
    askedMs = undefined
    unanswered += 1
    if (unanswered < unansweredAtDeath) return
    if (answers || suspected) return resolve('the puppet does not answer any more')
    unanswered = 0
    heardMs = nowMs
  }
  puppet.on('dong', onDong)
  const timer = setInterval(look, timing.lookEveryMs).unref()
  return {
    died,
    signOfLife,
    trouble: () => {
      suspected = true
    },
    end: () => {
      clearInterval(timer)
      puppet.off('dong', onDong)
    },
  }
}
