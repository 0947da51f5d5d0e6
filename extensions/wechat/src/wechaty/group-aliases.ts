/**
 * The names of the bot in its groups. Looked up once in a while: on a hosted puppet each look-up is a call over the
 * network, and a group is talkative.
 */

import { withDeadline } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'

/** The mention gate notices a renamed bot after this time at the latest. */
const keepMs = 10 * 60_000
/** A failed look-up is repeated after this time, not at each message of a busy group. */
const retryAfterMs = 3_000
const lookUpDeadlineMs = 2_000
const maxGroups = 1_000

export class GroupAliases {
  readonly #known = new Map<string, { alias: Promise<string | undefined>; untilMs: number }>()
  readonly #lookUp: (roomId: string) => Promise<string | undefined>
  readonly #now: () => number

  constructor(lookUp: (roomId: string) => Promise<string | undefined>, now: () => number) {
    this.#lookUp = lookUp
    this.#now = now
  }

  /** Undefined where the bot has no name of its own in the group, or where the look-up failed. Never rejects. */
  of(roomId: string): Promise<string | undefined> {
    const known = this.#known.get(roomId)
    if (known !== undefined && known.untilMs > this.#now()) return known.alias
    const look = withDeadline(() => this.#lookUp(roomId), { ms: lookUpDeadlineMs })
    const entry = { alias: look.catch(() => undefined), untilMs: this.#now() + keepMs }
    look.catch(() => {
      entry.untilMs = this.#now() + retryAfterMs
    })
    this.#known.delete(roomId)
    this.#known.set(roomId, entry)
    const oldest = this.#known.keys().next().value
    if (this.#known.size > maxGroups && oldest !== undefined) this.#known.delete(oldest)
    return entry.alias
  }
}

/** Undefined where the bot has no name of its own in this group. */
export async function lookUpGroupAlias(puppet: Puppet, roomId: string): Promise<string | undefined> {
  const member = await puppet.roomMemberPayload(roomId, puppet.currentUserId)
  return member.roomAlias || undefined
}
