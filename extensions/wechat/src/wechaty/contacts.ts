/**
 * Senders as the puppet knows them. Web clients load their contacts for a while after the login, and a new friend's first
 * message may come before the contact: a message does not need it, so it is not waited for long.
 */

import { untilDone, withDeadline } from '@moltbot/channel-sdk'
import type { Puppet } from 'wechaty-puppet'
import { types } from 'wechaty-puppet'
import { z } from 'zod'

export interface KnownContact {
  readonly name: string
  /** The remark that the account's owner gave. */
  readonly alias: string
  readonly isOfficial: boolean
}

/** Waited for a contact that is not there at once. Less than the deadline of an attempt to read the message. */
const patienceMs = 3_000
/** After that, messages of the same sender wait no more for this time. */
const missingForMs = 60_000
const maxMissing = 1_000

const text = z.string().catch('')
const contact = z
  .object({ name: text, alias: text, type: z.enum(types.Contact).catch(types.Contact.Unknown) })
  .transform(({ name, alias, type }) => ({ name, alias, isOfficial: type === types.Contact.Official }))

export class Contacts {
  readonly #puppet: Puppet
  readonly #now: () => number
  /** Until when a contact that was waited for in vain is asked for only once. */
  readonly #missing = new Map<string, number>()

  constructor(puppet: Puppet, now: () => number) {
    this.#puppet = puppet
    this.#now = now
  }

  /** Undefined for a contact that the puppet does not know yet. Never rejects. */
  async of(id: string): Promise<KnownContact | undefined> {
    const isMissing = (this.#missing.get(id) ?? 0) > this.#now()
    const ask = async () => contact.parse(await this.#puppet.contactPayload(id))
    const askOn = (signal: AbortSignal) => (isMissing ? ask() : untilDone(ask, { signal }))
    try {
      const found = await withDeadline(askOn, { ms: patienceMs })
      this.#missing.delete(id)
      return found
    } catch {
      if (!isMissing) this.#note(id)
      return undefined
    }
  }

  #note(id: string): void {
    this.#missing.delete(id)
    this.#missing.set(id, this.#now() + missingForMs)
    const oldest = this.#missing.keys().next().value
    if (this.#missing.size > maxMissing && oldest !== undefined) this.#missing.delete(oldest)
  }
}
