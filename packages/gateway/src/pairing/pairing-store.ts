/**
 * Who may talk to which account in direct chats. Channels ask through the SDK's `PairingStore`; the operator decides
 * through the rest. Every call is one transaction, so that a gateway and a command line racing for the same code agree.
 */

import type { DatabaseSync } from 'node:sqlite'
import {
  MoltbotError,
  type PairingAsk,
  type PairingRequestResult,
  type PairingStore,
} from '@moltbot/channel-sdk'
import { inTransaction } from '@moltbot/channel-sdk/sqlite'
import { newPairingCode, normalizePairingCode, type RandomInt, secureRandomInt } from './pairing-code.ts'
import { expiredError, notApprovedError, PairingLockedError, unknownCodeError } from './pairing-errors.ts'
import { type PairingQueries, type PairingRequest, preparePairingQueries } from './pairing-queries.ts'

export interface ApprovedSender {
  readonly accountId: string
  readonly senderId: string
  /** Milliseconds since the epoch. */
  readonly approvedAtMs: number
}

export interface PairingDesk extends PairingStore {
  /** What waits for a decision and who is approved, of one account or of all, oldest first. */
  list(accountId?: string): { readonly pending: PairingRequest[]; readonly approved: ApprovedSender[] }
  /**
   * Lets the sender of this code in, for good and for the code's own account only. Case and white space around the
   * code do not matter. `accountId` narrows the search to one account.
   * @throws `pairing-code-unknown`, `pairing-expired`, or `pairing-locked` (a `PairingLockedError`).
   */
  approve(code: string, accountId?: string): ApprovedSender
  /** Forgets a request; its sender may ask again. @throws as `approve` does. */
  reject(code: string, accountId?: string): PairingRequest
  /** Takes an approval back. @throws `pairing-not-approved`. */
  revoke(senderId: string, accountId: string): void
}

export interface PairingOptions {
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** Defaults to `crypto.randomInt`. */
  readonly random?: RandomInt
}

export const codeLifetimeMs = 60 * 60_000
export const maxPendingPerAccount = 3
/** Two equal codes in a row are a one in a million million chance; this many mean a broken random source. */
const maxCodeDraws = 10
/** An expired code is remembered this long, to be called expired and not unknown. */
const expiredKeptMs = 24 * 60 * 60_000
/**
 * So many wrong codes for an account, or that name none, within the window close the desk for their like until the
 * oldest of them leaves it.
 */
export const maxWrongCodes = 5
export const wrongCodeWindowMs = 10 * 60_000

/** What a transaction found; errors are thrown after it, so that a counted wrong code stays counted. */
type Lookup =
  | { readonly request: PairingRequest }
  | { readonly failure: 'unknown' | 'expired' }
  | { readonly waitMs: number }

/** @param db opened with `gatewayMigrations`. */
export function createPairingDesk(db: DatabaseSync, options: PairingOptions = {}): PairingDesk {
  const { now = Date.now, random = secureRandomInt } = options
  const queries = preparePairingQueries(db)
  const decide = (typed: string, accountId: string | undefined, act: (request: PairingRequest) => void) =>
    found(
      inTransaction(db, () => {
        const lookup = lookUp(queries, normalizePairingCode(typed), accountId, now())
        if ('request' in lookup) act(lookup.request)
        return lookup
      }),
    )

  return {
    isApproved: async (accountId, senderId, loginId = '') => queries.isApproved(accountId, senderId, loginId),
    request: async (accountId, senderId, { messageId = '', loginId = '' } = {}) =>
      inTransaction(db, () =>
        requestCode(queries, { accountId, senderId, messageId, loginId, atMs: now(), random }),
      ),
    list: (accountId) => ({
      pending: queries.pending(now()).filter((one) => accountId === undefined || one.accountId === accountId),
      approved: queries.approved().filter((one) => accountId === undefined || one.accountId === accountId),
    }),
    approve: (code, accountId) => {
      const approvedAtMs = now()
      const { accountId: account, senderId } = decide(code, accountId, (request) => {
        queries.approve(request, approvedAtMs)
        queries.removeRequest(request)
      })
      return { accountId: account, senderId, approvedAtMs }
    },
    reject: (code, accountId) => decide(code, accountId, queries.removeRequest),
    revoke: (senderId, accountId) => {
      if (!queries.revoke(accountId, senderId)) throw notApprovedError(senderId, accountId)
    },
  }
}

interface CodeRequest extends Required<PairingAsk> {
  readonly accountId: string
  readonly senderId: string
  readonly atMs: number
  readonly random: RandomInt
}

function requestCode(queries: PairingQueries, { atMs, random, ...asked }: CodeRequest): PairingRequestResult {
  const { accountId, senderId, messageId, loginId } = asked
  queries.forgetExpiredBefore(atMs - expiredKeptMs)
  if (loginId !== '') forgetOtherLogins(queries, accountId, loginId)
  const pending = queries
    .pending(atMs)
    .filter((one) => one.accountId === accountId && one.loginId === loginId)
  const own = pending.find((one) => one.senderId === senderId)
  if (own !== undefined) {
    const asksAgain = messageId !== '' && own.messageId === messageId
    return asksAgain ? created(own) : { status: 'pending' }
  }
  if (pending.length >= maxPendingPerAccount) return { status: 'full' }
  const request = {
    ...asked,
    code: unusedCode(queries, random),
    createdAtMs: atMs,
    expiresAtMs: atMs + codeLifetimeMs,
  }
  queries.putRequest(request)
  return created(request)
}

function created({ code, expiresAtMs }: PairingRequest): PairingRequestResult {
  return { status: 'created', code, expiresAtMs }
}

/** Nobody can be meant by them any more. */
function forgetOtherLogins(queries: PairingQueries, accountId: string, loginId: string): void {
  queries.forgetRequestsOfOtherLogins(accountId, loginId)
  queries.forgetApprovalsOfOtherLogins(accountId, loginId)
}

/** Codes are unique over all accounts, so that one is enough to say which request is meant. */
function unusedCode(queries: PairingQueries, random: RandomInt): string {
  for (let draw = 0; draw < maxCodeDraws; draw++) {
    const code = newPairingCode(random)
    if (queries.requestByCode(code) === undefined) return code
  }
  throw new MoltbotError('pairing-no-code', `the random source gave ${maxCodeDraws} codes that are in use`)
}

function lookUp(queries: PairingQueries, code: string, accountId: string | undefined, atMs: number): Lookup {
  queries.forgetWrongCodesBefore(atMs - wrongCodeWindowMs)
  const wrong = queries.wrongCodes(accountId ?? '')
  if (wrong.count >= maxWrongCodes) return { waitMs: wrong.oldestAtMs + wrongCodeWindowMs - atMs }
  const request = queries.requestByCode(code)
  if (request === undefined || (accountId ?? request.accountId) !== request.accountId) {
    queries.countWrongCode(accountId ?? '', atMs)
    return { failure: 'unknown' }
  }
  return request.expiresAtMs <= atMs ? { failure: 'expired' } : { request }
}

function found(lookup: Lookup): PairingRequest {
  if ('request' in lookup) return lookup.request
  if ('waitMs' in lookup) throw new PairingLockedError(lookup.waitMs)
  throw lookup.failure === 'expired' ? expiredError() : unknownCodeError()
}
