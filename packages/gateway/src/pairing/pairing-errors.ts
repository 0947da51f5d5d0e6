/**
 * Why a decision about a pairing was refused, in words for the operator at a terminal or the dashboard.
 */

import { MoltbotError } from '@moltbot/channel-sdk'

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
  new MoltbotError('pairing-code-unknown', 'no pending request has this code; list them to see the codes')

export const expiredError = () =>
  new MoltbotError(
    'pairing-expired',
    'this code has expired; its sender gets a new one by writing to the bot again',
  )

export const notApprovedError = (senderId: string, accountId: string) =>
  new MoltbotError('pairing-not-approved', `${senderId} is not approved for account ${accountId}`)
