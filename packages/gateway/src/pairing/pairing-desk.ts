/**
 * Who may talk to which account in direct chats: the port that channels ask through the SDK's `PairingStore`, and in
 * which the operator decides. `sqlite-pairing.ts` is the desk of the embedded gateway; any other one passes
 * `pairingContract` of the tests.
 */

import { MoltbotError, type PairingStore } from '@moltbot/channel-sdk'

export interface ApprovedSender {
  readonly accountId: string
  readonly senderId: string
  /** Milliseconds since the epoch. */
  readonly approvedAtMs: number
}

export interface PairingRequest {
  readonly accountId: string
  readonly senderId: string
  readonly code: string
  /** The message that asked; empty where the channel does not say. */
  readonly messageId: string
  /** The login for which it counts; empty where ids outlast logins. */
  readonly loginId: string
  /** The sender's display name and the beginning of that message, safe to print; empty where the channel gave none. */
  readonly senderName: string
  readonly text: string
  /** Both in milliseconds since the epoch. */
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface PairingLists {
  /** Requests without a decision. */
  readonly pending: readonly PairingRequest[]
  readonly approved: readonly ApprovedSender[]
}

/** Every decision is one transaction on the disk: a gateway and a command line racing for the same code agree. */
export interface PairingDesk extends PairingStore {
  /** Requests and approvals of one account or of all, oldest first. */
  list(accountId?: string): Promise<PairingLists>
  /**
   * Lets the sender of this code in, for good and for the code's own account only. Case and white space around the
   * code do not matter. `accountId` narrows the search to one account.
   * @throws `pairing-code-unknown`, `pairing-expired`, or `pairing-locked` (a `PairingLockedError`).
   */
  approve(code: string, accountId?: string): Promise<ApprovedSender>
  /** Forgets a request; its sender may ask again. @throws as `approve` does. */
  reject(code: string, accountId?: string): Promise<PairingRequest>
  /** Lets people in whom the operator has approved in another program. Those who are in already stay as they are. */
  admit(accountId: string, senderIds: readonly string[]): Promise<void>
  /** Takes an approval back. @throws `pairing-not-approved`. */
  revoke(senderId: string, accountId: string): Promise<void>
  /** Deletes names and texts of requests that have expired; the gateway calls it once a minute. */
  forgetExpiredPreviews(): Promise<void>
}

export const codeLifetimeMs = 60 * 60_000
export const maxPendingPerAccount = 3
/** UTF-16 units. What is Chinese takes twice as many columns, so each fits a terminal of 80. */
export const maxNameLength = 20
export const maxTextLength = 36
/**
 * So many wrong codes for an account, or that name none, within the window close the desk for further codes of the same
 * kind until the oldest of them leaves the window.
 */
export const maxWrongCodes = 5
export const wrongCodeWindowMs = 10 * 60_000

export class PairingLockedError extends MoltbotError {
  override readonly name: string = 'PairingLockedError'
  /** How long until the next code is looked at. */
  readonly waitMs: number

  constructor(waitMs: number) {
    const seconds = Math.ceil(waitMs / 1000)
    super('pairing-locked', `too many wrong pairing codes; try again in ${seconds} s`, { retryable: true })
    this.waitMs = waitMs
  }
}

export const unknownCodeError = () =>
  new MoltbotError(
    'pairing-code-unknown',
    'no pending request has this code; see the codes with: moltbot pairing list',
  )

export const expiredError = () =>
  new MoltbotError(
    'pairing-expired',
    'this code has expired; its sender gets a new one by writing to the bot again',
  )

export const notApprovedError = (senderId: string, accountId: string) =>
  new MoltbotError('pairing-not-approved', `${senderId} is not approved for account ${accountId}`)
