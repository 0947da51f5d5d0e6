/**
 * Pairing in `gateway.sqlite`. Every request and decision is on the disk before it is answered: a code is shown to a
 * person, and an approval or its end must survive a power failure.
 */

import { MoltbotError, type PairingAsk, type PairingRequestResult } from '@moltbot/channel-sdk'
import type { Database, Reader, Writer } from '@moltbot/channel-sdk/sqlite'
import { UnreadableRows } from '../gateway-database.ts'
import { printable } from '../printable.ts'
import { clip } from '../text.ts'
import { newPairingCode, normalizePairingCode, type RandomInt, secureRandomInt } from './pairing-code.ts'
import {
  codeLifetimeMs,
  expiredError,
  maxNameLength,
  maxPendingPerAccount,
  maxTextLength,
  maxWrongCodes,
  notApprovedError,
  type PairingDesk,
  PairingLockedError,
  type PairingRequest,
  unknownCodeError,
  wrongCodeWindowMs,
} from './pairing-desk.ts'
import * as queries from './pairing-queries.ts'

export interface PairingOptions {
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** Defaults to `crypto.randomInt`. */
  readonly random?: RandomInt
  readonly unreadable?: UnreadableRows
}

/** Two equal codes in a row are a one in a million million chance; this many mean a broken random source. */
const maxCodeDraws = 10
/** An expired code is stored this long, to be called expired and not unknown. */
const expiredKeptMs = 24 * 60 * 60_000

/** UTF-16 units of a name or text that are looked at. */
const maxRead = 1_000

/** What a transaction found; errors are thrown after it, so that a counted wrong code stays counted. */
type Lookup =
  | { readonly request: PairingRequest }
  | { readonly failure: 'unknown' | 'expired' }
  | { readonly waitMs: number }

type Asked = Omit<PairingRequest, 'code' | 'createdAtMs' | 'expiresAtMs'>

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
    const { messageId = '', loginId = '', preview } = ask
    const senderName = beginning(preview?.name ?? '', maxNameLength)
    const text = beginning(preview?.text ?? '', maxTextLength)
    const asked = { accountId, senderId, messageId, loginId, senderName, text }
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
    const { accountId, senderId, messageId, loginId } = asked
    const pending = queries
      .pendingRequests(reader, this.#unreadable, atMs)
      .filter((one) => one.accountId === accountId && one.loginId === loginId)
    const own = pending.find((one) => one.senderId === senderId)
    if (own !== undefined) {
      const asksAgain = messageId !== '' && own.messageId === messageId
      return asksAgain ? created(own) : { status: 'pending' }
    }
    return pending.length >= maxPendingPerAccount ? { status: 'full' } : undefined
  }

  #request(writer: Writer, asked: Asked): PairingRequestResult {
    const atMs = this.#now()
    queries.forgetExpiredBefore(writer, atMs - expiredKeptMs)
    if (asked.loginId !== '') queries.forgetOtherLogins(writer, asked.accountId, asked.loginId)
    const answer = this.#answerTo(writer, asked, atMs)
    if (answer !== undefined) return answer
    const code = this.#unusedCode(writer)
    const request = { ...asked, code, createdAtMs: atMs, expiresAtMs: atMs + codeLifetimeMs }
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
    const wrong = queries.wrongCodes(writer, accountId ?? '', atMs + wrongCodeWindowMs)
    if (wrong.count >= maxWrongCodes) return { waitMs: wrong.oldestAtMs + wrongCodeWindowMs - atMs }
    const request = queries.requestByCode(writer, this.#unreadable, code)
    if (request === undefined || (accountId ?? request.accountId) !== request.accountId) {
      queries.countWrongCode(writer, accountId ?? '', atMs)
      return { failure: 'unknown' }
    }
    return request.expiresAtMs <= atMs ? { failure: 'expired' } : { request }
  }

  /** Codes are unique over all accounts, so that one is enough to say which request is meant. */
  #unusedCode(reader: Reader): string {
    for (let draw = 0; draw < maxCodeDraws; draw++) {
      const code = newPairingCode(this.#random)
      if (!queries.isCodeInUse(reader, code)) return code
    }
    throw new MoltbotError('pairing-no-code', `the random source gave ${maxCodeDraws} codes that are in use`)
  }
}

/** Of a stranger's text, one line that cannot drive a terminal. */
function beginning(text: string, maxLength: number): string {
  const start = text.slice(0, maxRead).toWellFormed()
  return clip(printable(start).replaceAll(/\s+/g, ' ').trim(), maxLength)
}

function created({ code, expiresAtMs }: PairingRequest): PairingRequestResult {
  return { status: 'created', code, expiresAtMs }
}

function found(lookup: Lookup): PairingRequest {
  if ('request' in lookup) return lookup.request
  if ('waitMs' in lookup) throw new PairingLockedError(lookup.waitMs)
  throw lookup.failure === 'expired' ? expiredError() : unknownCodeError()
}
