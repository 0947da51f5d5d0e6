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
  /** A file in the place of the text. */
  readonly file?: SteeredFile
  readonly inGroup?: boolean
  readonly mention?: boolean
}

export interface SteeredFile {
  readonly name: string
  readonly base64: string
}

/**
 * How a send fails. `busy`: surely not sent, to be tried again; `limited`: the same for everything that the account sends;
 * `unsent` and `sent`: an error that says nothing about whether it was sent; `silent`: it never ends, and nothing is sent.
 */
export type SendFault = 'busy' | 'limited' | 'unsent' | 'sent' | 'silent'

export type Order =
  | { readonly type: 'log-in' }
  | { readonly type: 'log-out' }
  /** The puppet stops by itself. */
  | { readonly type: 'stop' }
  /** The next send fails. */
  | { readonly type: 'fail-send'; readonly how: SendFault }
  | ({ readonly type: 'say' } & Said)

export type Report =
  | { readonly to: string; readonly text: string }
  | { readonly to: string; readonly file: SteeredFile }
