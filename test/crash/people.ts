/**
 * The people of a stream: who writes to the accounts, and what arrives at their phones.
 */

import type { RunningGateway } from '../support/gateway.ts'
import type { Arrival } from './ledger.ts'

/** Two accounts: one that answers as a whole, and one that answers in blocks. */
export const accounts = ['whole', 'blocks'] as const
export type Account = (typeof accounts)[number]

export interface WrittenMessage {
  readonly account: Account
  /** Number of the person at this account. */
  readonly person: number
  readonly n: number
  readonly text: string
  /** A picture comes before the text. */
  readonly withPicture: boolean
}

export interface People {
  /** What an account needs in `channels.wechat.accounts` to be reached by them. */
  optionsOf(account: Account): object
  /** Logs the accounts in. */
  logIn(gateway: RunningGateway): Promise<void>
  write(message: WrittenMessage): Promise<void>
  /**
   * Delivers messages once more, under the same ids, as a backend does that was not sure of the first time. Undefined
   * where the backend does so by itself.
   * @param open their numbers
   */
  repeat?(open: readonly number[]): void
  /** What has arrived since the last call. */
  read(): Promise<readonly Arrival[]>
  close(): Promise<void>
}
