/**
 * What the bot is called in each group. Asked for once in a while: on a hosted puppet each question is a call over the
 * network, and a group is talkative.
 */

import type { Puppet } from 'wechaty-puppet'

/** How long an answer holds; somebody who renames the bot waits no longer for the mention gate to notice. */
const keepMs = 10 * 60_000
const maxGroups = 1_000

export class GroupAliases {
  readonly #known = new Map<string, { alias: Promise<string | undefined>; untilMs: number }>()
  readonly #ask: (roomId: string) => Promise<string | undefined>
  readonly #now: () => number

  constructor(ask: (roomId: string) => Promise<string | undefined>, now: () => number) {
    this.#ask = ask
    this.#now = now
  }

  /** Undefined where the bot has no name of its own in the group, or where the puppet cannot say. */
  of(roomId: string): Promise<string | undefined> {
    const known = this.#known.get(roomId)
    if (known !== undefined && known.untilMs > this.#now()) return known.alias
    const alias = this.#ask(roomId).catch(() => undefined)
    this.#known.delete(roomId)
    this.#known.set(roomId, { alias, untilMs: this.#now() + keepMs })
    const oldest = this.#known.keys().next().value
    if (this.#known.size > maxGroups && oldest !== undefined) this.#known.delete(oldest)
    return alias
  }
}

/** Undefined where the bot has no name of its own in this group. */
export async function askGroupAlias(puppet: Puppet, roomId: string): Promise<string | undefined> {
  const member = await puppet.roomMemberPayload(roomId, puppet.currentUserId)
  return member.roomAlias || undefined
}
