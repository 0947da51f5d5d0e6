/**
 * The protocol between a steered puppet and its world, one JSON line for each message, and the contacts of every world.
 */

export const bot = { id: 'bot', name: 'Bot' }
/** Not with an `@`: puppet-mock would take it for a group's. */
export const person = { id: 'o9Person', name: 'Ann' }
export const group = { id: 'o9Group@chatroom', topic: 'Friends' }

export interface Said {
  /** Decimal, where it is to be an iLink message too. */
  readonly id: string
  readonly text: string
  /** PNG, base64; `text` is not shown then. */
  readonly picture?: string
  readonly inGroup?: boolean
  readonly mention?: boolean
}

export type Order = { readonly type: 'log-in' } | ({ readonly type: 'say' } & Said)

export type Report =
  | { readonly to: string; readonly text: string }
  | { readonly to: string; readonly file: { readonly name: string; readonly base64: string } }
