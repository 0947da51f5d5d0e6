/**
 * Contacts. iLink has no profile endpoint: only the id of a person is known, so every contact is made from its id, and
 * none is ever "not found".
 */

import * as PUPPET from 'wechaty-puppet'

export interface RawContact {
  id: string
  /** The bot's own account. */
  self: boolean
}

/** The part before the `@`; the whole id when there is none. */
export const nameOf = (id: string): string => id.slice(0, id.lastIndexOf('@')) || id

export const contactPayload = ({ id, self }: RawContact): PUPPET.payloads.Contact => ({
  id,
  name: nameOf(id),
  type: PUPPET.types.Contact.Individual,
  gender: PUPPET.types.ContactGender.Unknown,
  avatar: '',
  phone: [],
  friend: !self,
})
