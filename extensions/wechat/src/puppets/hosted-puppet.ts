/**
 * Wechaty's service client, with its cache of contacts and groups in memory. Its own is a LevelDB in the home folder,
 * in a folder that is named after the token: whoever can list the folder has the token, and a second client of the same
 * token ends the process with an error that nothing can catch.
 */

import { PuppetService } from 'wechaty-puppet-service'
import { BoundedCache } from './bounded-cache.ts'

/** An entry takes about half a kilobyte. */
const maxContacts = 10_000
const maxGroups = 1_000

export class HostedPuppet extends PuppetService {
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
