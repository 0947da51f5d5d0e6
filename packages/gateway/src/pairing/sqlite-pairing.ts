/**
 * Pairing in `gateway.sqlite`. Every request and decision is on the disk before it is answered: a code is shown to a
 * person, and an approval or its end must survive a power failure.
 */

import type { PairingAsk, PairingRequestResult } from '@moltbot/channel-sdk'
import type { Database, Reader, Writer } from '@moltbot/channel-sdk/sqlite'
import { UnreadableRows } from '../gateway-database.ts'
import { normalizePairingCode, type RandomInt, secureRandomInt } from './pairing-code.ts'
import { notApprovedError, type PairingDesk, type PairingRequest, wrongCodeWindowMs } from './pairing-desk.ts'
import * as queries from './pairing-queries.ts'
import {
  type Asked,
  answerFrom,
  askedOf,
  created,
  drawnCodes,
  expiredKeptMs,
  found,
  type Lookup,
  lockedFor,
  newRequest,
  noCodeError,
} from './pairing-rules.ts'

export interface PairingOptions {
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** Defaults to `crypto.randomInt`. */
  readonly random?: RandomInt
  readonly unreadable?: UnreadableRows
}

/** @param db opened with `gatewayMigrations` */
export function createPairingDesk(db: Database, options: PairingOptions = {}): PairingDesk {
  return new SqlitePairingDesk(db, options)
}

class SqlitePairingDesk implements PairingDesk {
  readonly #db: Database
  readonly #now: () => number
  readonly #random: RandomInt
  readonly #unreadable: UnreadableRows

  constructor(db: Database, { now = Date.now, random = secureRandomInt, unreadable }: PairingOptions) {
    this.#db = db
    this.#now = now
    this.#random = random
    this.#unreadable = unreadable ?? new UnreadableRows()
  }

  async isApproved(accountId: string, senderId: string, loginId = ''): Promise<boolean> {
    return queries.isApproved(this.#db, this.#unreadable, { accountId, senderId, loginId })
  }

  async request(accountId: string, senderId: string, ask: PairingAsk = {}): Promise<PairingRequestResult> {
    const asked = askedOf(accountId, senderId, ask)
    // A person who goes on writing costs no write.
    return (
      this.#answerTo(this.#db, asked, this.#now()) ??
      this.#db.write('durable', (writer) => this.#request(writer, asked))
    )
  }

  async list(accountId?: string): ReturnType<PairingDesk['list']> {
    const isMeant = (one: { readonly accountId: string }) => (accountId ?? one.accountId) === one.accountId
    return {
      pending: queries.pendingRequests(this.#db, this.#unreadable, this.#now()).filter(isMeant),
      approved: queries.approvals(this.#db, this.#unreadable).filter(isMeant),
    }
  }

  async approve(code: string, accountId?: string): ReturnType<PairingDesk['approve']> {
    const approvedAtMs = this.#now()
    const { accountId: account, senderId } = await this.#decide(code, accountId, (writer, request) => {
      queries.putApproval(writer, request, approvedAtMs)
      queries.removeRequest(writer, request)
    })
    return { accountId: account, senderId, approvedAtMs }
  }

  reject(code: string, accountId?: string): Promise<PairingRequest> {
    return this.#decide(code, accountId, queries.removeRequest)
  }

  async admit(accountId: string, senderIds: readonly string[]): Promise<void> {
    const approvedAtMs = this.#now()
    await this.#db.write('durable', (writer) => {
      for (const senderId of senderIds) {
        const person = { accountId, senderId, loginId: '' }
        if (!queries.isApproved(writer, this.#unreadable, person))
          queries.putApproval(writer, person, approvedAtMs)
      }
    })
  }

  async revoke(senderId: string, accountId: string): Promise<void> {
    const wasApproved = await this.#db.write('durable', (writer) =>
      queries.removeApproval(writer, accountId, senderId),
    )
    if (!wasApproved) throw notApprovedError(senderId, accountId)
  }

  async forgetExpiredPreviews(): Promise<void> {
    const atMs = this.#now()
    if (!queries.hasExpiredPreviews(this.#db, atMs)) return
    await this.#db.write('durable', (writer) => queries.forgetExpiredPreviews(writer, atMs))
  }

  /** The answer where nothing new has to be stored. */
  #answerTo(reader: Reader, asked: Asked, atMs: number): PairingRequestResult | undefined {
    return answerFrom(queries.pendingRequests(reader, this.#unreadable, atMs), asked)
  }

  #request(writer: Writer, asked: Asked): PairingRequestResult {
    const atMs = this.#now()
    queries.forgetExpiredBefore(writer, atMs - expiredKeptMs)
    if (asked.loginId !== '') queries.forgetOtherLogins(writer, asked.accountId, asked.loginId)
    const answer = this.#answerTo(writer, asked, atMs)
    if (answer !== undefined) return answer
    const request = newRequest(asked, this.#unusedCode(writer), atMs)
    queries.putRequest(writer, request)
    return created(request)
  }

  async #decide(
    typed: string,
    accountId: string | undefined,
    act: (writer: Writer, request: PairingRequest) => void,
  ): Promise<PairingRequest> {
    const lookup = await this.#db.write('durable', (writer) => {
      const result = this.#lookUp(writer, normalizePairingCode(typed), accountId)
      if ('request' in result) act(writer, result.request)
      return result
    })
    return found(lookup)
  }

  #lookUp(writer: Writer, code: string, accountId: string | undefined): Lookup {
    const atMs = this.#now()
    queries.forgetWrongCodesBefore(writer, atMs - wrongCodeWindowMs)
    const waitMs = lockedFor(queries.wrongCodes(writer, accountId ?? '', atMs + wrongCodeWindowMs), atMs)
    if (waitMs !== undefined) return { waitMs }
    const request = queries.requestByCode(writer, this.#unreadable, code)
    if (request === undefined || (accountId ?? request.accountId) !== request.accountId) {
      queries.countWrongCode(writer, accountId ?? '', atMs)
      return { failure: 'unknown' }
    }
    return request.expiresAtMs <= atMs ? { failure: 'expired' } : { request }
  }

  /** Codes are unique over all accounts, so that one is enough to say which request is meant. */
  #unusedCode(reader: Reader): string {
    for (const code of drawnCodes(this.#random)) if (!queries.isCodeInUse(reader, code)) return code
    throw noCodeError()
  }
}
