/**
 * Wechaty's service client, with its cache of contacts and groups in memory. Its own is a LevelDB in the home folder,
 * in a folder that is named after the token: whoever can list the folder has the token, and a second client of the same
 * token ends the process with an error that nothing can catch.
 */

import { Puppet } from 'wechaty-puppet'
import { PuppetService } from 'wechaty-puppet-service'
import { BoundedCache } from './bounded-cache.ts'

/** An entry takes about half a kilobyte. */
const maxContacts = 10_000
const maxGroups = 1_000

/** The private member of the library (1.19) that takes what the server sends. */
const takeEvent = 'onGrpcStreamEvent'

export class HostedPuppet extends PuppetService {
  /** An event of the server is being taken. */
  #isTaking = false

  constructor(options: ConstructorParameters<typeof PuppetService>[0]) {
    super(options)
    const take: unknown = Reflect.get(this, takeEvent)
    if (typeof take !== 'function') throw new Error(`wechaty-puppet-service has no ${takeEvent} any more`)
    const guarded = (event: unknown) => {
      this.#isTaking = true
      try {
        Reflect.apply(take, this, [event])
      } catch (error) {
        // A payload that is no JSON would end the process: nothing stands between a stream and its listener.
        this.emit('error', error)
      } finally {
        this.#isTaking = false
      }
    }
    Object.defineProperty(this, takeEvent, { value: guarded })
  }

  /**
   * The library answers the server's news of a logout with the order to log out, and a hosted puppet that only restarts
   * would lose its login.
   */
  override async logout(reason?: string): Promise<void> {
    return this.#isTaking ? Puppet.prototype.logout.call(this, reason) : super.logout(reason)
  }

  /** Called by the base class's constructor, which opens no file before the first login. */
  protected override hookPayloadStore(): void {
    const cache = {
      contact: new BoundedCache(maxContacts),
      room: new BoundedCache(maxGroups),
      roomMember: new BoundedCache(maxGroups),
    }
    // The type of the property has private members, which nothing else can have.
    Reflect.set(this, '_payloadStore', cache)
    // The next login may be somebody else's, whose ids mean other people.
    this.on('logout', () => {
      for (const part of Object.values(cache)) part.clear()
    })
  }
}
