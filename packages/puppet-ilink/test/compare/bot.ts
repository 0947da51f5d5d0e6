/**
 * A bot that either client can play, so that both are given the same jobs word for word.
 */

import type { Binding } from 'ilink-simulator'

/** What a bot does with each message, once it has fetched the message's file. */
export interface Turn {
  /** Shows "is typing" around the reply. */
  typing: boolean
  /** Undefined: no answer. */
  reply?: string
}

export const onlyListen: Turn = { typing: false }

export interface Bot {
  /**
   * From no credentials over a QR code to polling.
   * @param digits typed one after the other, each when it is asked for
   */
  logIn(digits?: readonly string[]): Promise<void>
  /** Ends a session that has begun and logs in over a new QR code, with its credentials at hand. */
  logInAgain(): Promise<void>
  /** Starts with stored credentials. */
  begin(account: Binding, turn?: Turn): Promise<void>
  /** Resolves when so many messages have been dealt with. */
  handled(count: number): Promise<void>
  /** Resolves when the client has done all that it does at once about a session that the backend has ended. */
  reactedToExpiry(): Promise<void>
  /** A message outside of any turn. */
  sendText(to: string, text: string): Promise<unknown>
  sendFile(to: string, path: string): Promise<unknown>
  /** Ends the account, not its credentials; without effect when it does not run. */
  stop(): Promise<void>
}
