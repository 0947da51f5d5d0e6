/**
 * What the model was not given for an answer. The log, `/status` in the chat and `channels explain` report it.
 */

import type { LeftOut } from '@moltbot/channel-sdk'
import type { LearntModel } from './learnt.ts'
import type { Before, Share } from './share.ts'

export interface Asked {
  readonly before: Before
  /** What was sent of it. */
  readonly share: Share
  readonly tools: readonly string[]
  /** Those of the tools that the model was offered. */
  readonly offered: readonly string[]
  readonly learnt: Pick<LearntModel, 'streams'>
}

/** @returns undefined where the model was given everything */
export function leftOutOf({ before, share, tools, offered, learnt }: Asked): LeftOut | undefined {
  const { all } = before
  const leftOut = {
    exchanges: all.turns - share.turns,
    messages: all.context - share.context,
    tools: tools.filter((name) => !offered.includes(name)),
    pictures: all.images && !share.images,
    voices: all.audio && !share.audio,
    texts: Number.isFinite(share.textLength),
    streaming: !learnt.streams,
  }
  return isNothing(leftOut) ? undefined : leftOut
}

/** Of several requests for the same answer. */
export function bothLeftOut(one: LeftOut | undefined, other: LeftOut | undefined): LeftOut | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return {
    exchanges: Math.max(one.exchanges, other.exchanges),
    messages: Math.max(one.messages, other.messages),
    tools: [...new Set([...one.tools, ...other.tools])],
    pictures: one.pictures || other.pictures,
    voices: one.voices || other.voices,
    texts: one.texts || other.texts,
    streaming: one.streaming || other.streaming,
  }
}

function isNothing({ tools, ...rest }: LeftOut): boolean {
  return tools.length === 0 && Object.values(rest).every((one) => one === 0 || one === false)
}

/** Sessions whose latest answer is remembered. An entry is about a hundred bytes. */
const maxSessions = 10_000

/** What was left out of the latest answer of each session, since the start of the gateway. */
export class LatestLeftOut {
  readonly #latest = new Map<string, LeftOut>()

  note(sessionKey: string, leftOut: LeftOut | undefined): void {
    this.#latest.delete(sessionKey)
    if (leftOut === undefined) return
    this.#latest.set(sessionKey, leftOut)
    const [oldest] = this.#latest.keys()
    if (this.#latest.size > maxSessions && oldest !== undefined) this.#latest.delete(oldest)
  }

  of(sessionKey: string): LeftOut | undefined {
    return this.#latest.get(sessionKey)
  }
}
