/**
 * Whether a puppet is alive. One that has died emits no event that can be relied on: the client of a server goes on as
 * if nothing were when its stream has broken, for a minute at best. So it is asked for a `dong`: after an error, when it
 * has been silent for long, and when the operator wants to know.
 */

import { codeOf, MoltbotError, withDeadline } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { isConnected, isHeldBack } from '../puppets/extras.ts'
import { every } from './shared-timer.ts'

export interface LivenessTiming {
  /** How often the state of the puppet is looked at. */
  readonly lookEveryMs: number
  /** Silent this long, it is asked. */
  readonly silentMs: number
  /** For an answer. */
  readonly answerMs: number
}

export const livenessTiming: LivenessTiming = { lookEveryMs: 1_000, silentMs: 30_000, answerMs: 5_000 }
/** One answer may be lost. */
const unansweredAtDeath = 2

export class Liveness {
  /** Resolves with the reason when the puppet has died. */
  readonly died: Promise<string>
  readonly #puppet: Puppet
  readonly #timing: LivenessTiming
  readonly #die: (reason: string) => void
  readonly #endLooks: () => void
  /** When the open question was asked. */
  #askedMs: number | undefined
  #unanswered = 0
  #heardMs = performance.now()
  #suspected = false
  /** A puppet that never answers, and never reports an error, may not implement `ding`. */
  #answers = false

  constructor(puppet: Puppet, timing: LivenessTiming) {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.died = promise
    this.#die = resolve
    this.#puppet = puppet
    this.#timing = timing
    puppet.on('dong', this.#onDong)
    this.#endLooks = every(timing.lookEveryMs, () => this.#look())
  }

  /** The puppet emitted something. */
  signOfLife(): void {
    this.#heardMs = performance.now()
  }

  /** The puppet reported an error: look at it more closely. */
  suspect(): void {
    this.#suspected = true
  }

  end(): void {
    this.#endLooks()
    this.#puppet.off('dong', this.#onDong)
  }

  readonly #onDong = (): void => {
    this.#answers = true
    this.#suspected = false
    this.#unanswered = 0
    this.#askedMs = undefined
    this.signOfLife()
  }

  #look(): void {
    if (this.#puppet.state.active() !== true) {
      this.#die('the puppet stopped by itself')
      return
    }
    const nowMs = performance.now()
    if (isHeldBack(this.#puppet)) {
      this.#askedMs = undefined
      this.#heardMs = nowMs
      return
    }
    if (this.#askedMs === undefined) {
      if (this.#suspected || nowMs - this.#heardMs > this.#timing.silentMs) this.#ask()
      return
    }
    if (nowMs - this.#askedMs < this.#timing.answerMs) return
    this.#askedMs = undefined
    this.#unanswered += 1
    if (this.#unanswered < unansweredAtDeath) return
    if (this.#answers || this.#suspected) this.#die('the puppet does not answer any more')
    this.#unanswered = 0
    this.#heardMs = nowMs
  }

  #ask(): void {
    this.#askedMs = performance.now()
    // A puppet that cannot even be asked will not answer.
    ding(this.#puppet).catch(() => undefined)
  }
}

const dongDeadlineMs = 5_000

/**
 * A sign of life from a puppet that is logged in, and what it knows of its backend.
 * @throws `puppet-silent`, `backend-unreachable`, what its `ding` throws, and the reason of `signal`
 */
export async function probe(puppet: Puppet, signal?: AbortSignal): Promise<void> {
  const { promise: answered, resolve } = Promise.withResolvers<void>()
  const onDong = () => resolve()
  puppet.on('dong', onDong)
  try {
    const asked = () => Promise.race([answered, ding(puppet).then(() => answered)])
    await withDeadline(asked, { ms: dongDeadlineMs, signal, otherwise: 'the puppet did not answer' })
  } catch (error) {
    throw codeOf(error) === 'deadline' ? silent(error) : error
  } finally {
    puppet.off('dong', onDong)
  }
  if (isConnected(puppet) === false) {
    throw new MoltbotError('backend-unreachable', 'backend unreachable', { retryable: true })
  }
}

function silent(cause: unknown): MoltbotError {
  return new MoltbotError('puppet-silent', `the puppet does not answer within ${dongDeadlineMs / 1_000} s`, {
    cause,
  })
}

/** Foreign puppets implement it as they like: it may throw, and it may be async. */
async function ding(puppet: Puppet): Promise<void> {
  await puppet.ding('are you there?')
}
