/**
 * The names of the bot: its own, and its alias in each group, for the mention gate. They are looked up once in a while: on
 * a hosted puppet each look-up is a call over the network, and a group is talkative. The caches of Wechaty, and of the
 * service client below it, keep a name for days and hear of no change, so each look-up empties them first.
 */

import { withDeadline } from '@moltbot/channel-sdk'
import { type Puppet, types } from 'wechaty-puppet'

/** The mention gate notices a new name or alias after this time at the latest. */
const keepMs = 60_000
/** A failed look-up is repeated after this time, not at each message of a busy group. */
const retryAfterMs = 3_000
const lookUpDeadlineMs = 2_000
const maxNames = 1_000

interface Entry {
  readonly name: Promise<string | undefined>
  untilMs: number
}

/** Names by the id that they are looked up with: of the bot, or of a group. */
export class LookedUpNames {
  readonly #known = new Map<string, Entry>()
  readonly #lookUp: (id: string) => Promise<string | undefined>
  readonly #now: () => number

  constructor(lookUp: (id: string) => Promise<string | undefined>, now: () => number) {
    this.#lookUp = lookUp
    this.#now = now
  }

  /** The last name that was found, if a look-up fails; undefined where there is none. Never rejects. */
  of(id: string): Promise<string | undefined> {
    const known = this.#known.get(id)
    if (known !== undefined && known.untilMs > this.#now()) return known.name
    const look = withDeadline(() => this.#lookUp(id), { ms: lookUpDeadlineMs })
    const entry: Entry = { name: look.catch(() => known?.name), untilMs: this.#now() + keepMs }
    look.catch(() => {
      entry.untilMs = this.#now() + retryAfterMs
    })
    this.#known.delete(id)
    this.#known.set(id, entry)
    const oldest = this.#known.keys().next().value
    if (this.#known.size > maxNames && oldest !== undefined) this.#known.delete(oldest)
    return entry.name
  }
}

/** @throws what the puppet throws */
export async function lookUpName(puppet: Puppet, id: string): Promise<string | undefined> {
  await forget(puppet, types.Dirty.Contact, id)
  return (await puppet.contactPayload(id)).name || undefined
}

/** Undefined where the bot has no name of its own in this group. @throws what the puppet throws */
export async function lookUpGroupAlias(puppet: Puppet, roomId: string): Promise<string | undefined> {
  await forget(puppet, types.Dirty.RoomMember, roomId)
  return (await puppet.roomMemberPayload(roomId, puppet.currentUserId)).roomAlias || undefined
}

/**
 * Empties the caches of the puppet here, and where it runs. Not through `contactPayloadDirty` and its like: these wait five
 * seconds for an event that many puppets never emit.
 */
async function forget(puppet: Puppet, payloadType: types.Dirty, payloadId: string): Promise<void> {
  try {
    await puppet.dirtyPayload(payloadType, payloadId)
  } catch {
    // An older server of a hosted puppet does not know the call.
  }
  puppet.onDirty({ payloadType, payloadId })
}
