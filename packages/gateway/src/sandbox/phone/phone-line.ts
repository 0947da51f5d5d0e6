/**
 * An account as the phone uses it: its people and groups, what they write, and what their phones show.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { CheckedInput, RouteAnswer } from '../../api/routes.ts'
import { english } from '../../language/speech.ts'
import type { Chats } from './chats.ts'

export type Named = RouteAnswer<'phonePerson'>
export type Saying = Omit<CheckedInput<'phoneSay'>, 'accountId' | 'personId' | 'groupId'>

export interface PhoneLine {
  readonly people: People
  readonly groups: readonly Named[]
  readonly chats: Chats
  /** @throws why the message could not be delivered */
  say(person: Named, groupId: string | undefined, saying: Saying): Promise<void>
  /** Takes what has been written since into `chats`. */
  refresh(): Promise<void>
  isTyping(person: Named, groupId: string | undefined): Promise<boolean>
}

const maxPeople = 20

/** Who writes to the bot of one account. */
export class People {
  readonly #all: Named[]
  readonly #idOf: (number: number) => string
  readonly #onAdded: (person: Named) => void

  /** @param idOf the id of the n-th person, in the manner of the backend */
  constructor(idOf: (number: number) => string, onAdded: (person: Named) => void = () => undefined) {
    this.#idOf = idOf
    this.#onAdded = onAdded
    this.#all = firstNames.map((name, index) => ({ id: idOf(index + 1), name }))
  }

  get all(): readonly Named[] {
    return this.#all
  }

  /** @throws `phone-full` */
  add(name: string): Named {
    if (this.#all.length >= maxPeople)
      throw new MoltbotError('phone-full', english('the phone has {max} people at most', { max: maxPeople }))
    const person = { id: this.#idOf(this.#all.length + 1), name }
    this.#all.push(person)
    this.#onAdded(person)
    return person
  }

  /** @throws `person-unknown` */
  get(personId: string): Named {
    const found = this.#all.find(({ id }) => id === personId)
    if (found !== undefined) return found
    throw new MoltbotError('person-unknown', 'the phone does not have this person')
  }

  /** Also of somebody whom a command plays. */
  named(id: string): Named {
    return this.#all.find((person) => person.id === id) ?? { id, name: id }
  }
}

/** The first of them scans the QR code of the bot. */
const firstNames = ['Wang Fang 王芳', 'Li Lei 李雷']
