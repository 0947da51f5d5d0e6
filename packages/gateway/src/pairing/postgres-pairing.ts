/**
 * Pairing in PostgreSQL. Requests and decisions follow each other under one lock of the database, so that several gateways
 * agree; each is on the disk before it is answered.
 */

import type { PairingAsk, PairingRequestResult } from '@moltbot/channel-sdk'
import type { SqlDatabase, SqlRow, SqlSession } from '@moltbot/channel-sdk/sql'
import type { PostgresDatabase } from '../postgres/database.ts'
import { schema } from '../postgres/gateway-tables.ts'
import { KnownApprovals } from './known-approvals.ts'
import { normalizePairingCode, type RandomInt, secureRandomInt } from './pairing-code.ts'
import {
  type ApprovedSender,
  notApprovedError,
  type PairingDesk,
  type PairingRequest,
  wrongCodeWindowMs,
} from './pairing-desk.ts'
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

export interface PostgresPairingOptions {
  /** Milliseconds since the epoch. Defaults to the system's clock. */
  readonly now?: () => number
  /** Defaults to `crypto.randomInt`. */
  readonly random?: RandomInt
}

const requests = `${schema}.pairing_request`
const approvals = `${schema}.pairing_approval`
const wrongCodes = `${schema}.pairing_wrong_code`
const withExpiredPreview = `expires_at_ms <= $1 AND (sender_name <> '' OR text <> '')`
const sql = {
  // Writers wait for each other, readers do not.
  lock: `LOCK TABLE ${requests} IN SHARE ROW EXCLUSIVE MODE`,
  isApproved: `SELECT FROM ${approvals} WHERE account_id = $1 AND sender_id = $2 AND login_id = $3`,
  pending: `SELECT * FROM ${requests} WHERE expires_at_ms > $1 ORDER BY created_at_ms`,
  byCode: `SELECT * FROM ${requests} WHERE code = $1`,
  put: `
    INSERT INTO ${requests}
      (account_id, sender_id, code, message_id, login_id, sender_name, text, created_at_ms, expires_at_ms)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (account_id, sender_id) DO UPDATE SET code = excluded.code, message_id = excluded.message_id,
        login_id = excluded.login_id, sender_name = excluded.sender_name, text = excluded.text,
        created_at_ms = excluded.created_at_ms, expires_at_ms = excluded.expires_at_ms`,
  remove: `DELETE FROM ${requests} WHERE code = $1`,
  forgetExpired: `DELETE FROM ${requests} WHERE expires_at_ms < $1`,
  hasExpiredPreviews: `SELECT FROM ${requests} WHERE ${withExpiredPreview} LIMIT 1`,
  forgetExpiredPreviews: `UPDATE ${requests} SET sender_name = '', text = '' WHERE ${withExpiredPreview}`,
  // Ids of an earlier login mean other people by now.
  forgetRequestsOfOtherLogins: `DELETE FROM ${requests} WHERE account_id = $1 AND login_id NOT IN ('', $2)`,
  forgetApprovalsOfOtherLogins: `DELETE FROM ${approvals} WHERE account_id = $1 AND login_id NOT IN ('', $2)`,
  approved: `SELECT * FROM ${approvals} ORDER BY approved_at_ms`,
  approve: `
    INSERT INTO ${approvals} (account_id, sender_id, login_id, approved_at_ms) VALUES ($1, $2, $3, $4)
    ON CONFLICT (account_id, sender_id) DO UPDATE
      SET login_id = excluded.login_id, approved_at_ms = excluded.approved_at_ms`,
  admit: `
    INSERT INTO ${approvals} (account_id, sender_id, login_id, approved_at_ms)
    SELECT $1, sender, '', $3::bigint FROM unnest($2::text[]) AS sender
    ON CONFLICT (account_id, sender_id) DO UPDATE
      SET login_id = '', approved_at_ms = excluded.approved_at_ms WHERE pairing_approval.login_id <> ''`,
  revoke: `DELETE FROM ${approvals} WHERE account_id = $1 AND sender_id = $2 RETURNING sender_id`,
  wrong: `SELECT count(*) AS n, min(at_ms) AS oldest FROM ${wrongCodes} WHERE account_id = $1 AND at_ms <= $2`,
  countWrong: `INSERT INTO ${wrongCodes} (account_id, at_ms) VALUES ($1, $2)`,
  forgetWrong: `DELETE FROM ${wrongCodes} WHERE at_ms <= $1`,
} as const

/** @param db with the tables of the gateway */
export function postgresPairing(db: PostgresDatabase, options: PostgresPairingOptions = {}): PairingDesk {
  return new PostgresPairingDesk(db, options)
}

class PostgresPairingDesk implements PairingDesk {
  readonly #db: SqlDatabase
  readonly #approvals: KnownApprovals
  readonly #now: () => number
  readonly #random: RandomInt

  constructor(db: PostgresDatabase, { now = Date.now, random = secureRandomInt }: PostgresPairingOptions) {
    this.#db = db
    this.#approvals = new KnownApprovals(db)
    this.#now = now
    this.#random = random
  }

  async isApproved(accountId: string, senderId: string, loginId = ''): Promise<boolean> {
    const place = [accountId, senderId, loginId]
    return this.#approvals.has(place, async () => (await this.#db.query(sql.isApproved, place)).length > 0)
  }

  async request(accountId: string, senderId: string, ask: PairingAsk = {}): Promise<PairingRequestResult> {
    const asked = askedOf(accountId, senderId, ask)
    // A person who goes on writing costs no write.
    return (
      answerFrom(await this.#pending(this.#db), asked) ??
      this.#locked((session) => this.#request(session, asked))
    )
  }

  async list(accountId?: string): ReturnType<PairingDesk['list']> {
    const isMeant = (one: { readonly accountId: string }) => (accountId ?? one.accountId) === one.accountId
    const approved = (await this.#db.query(sql.approved)).map(toApproval)
    return {
      pending: (await this.#pending(this.#db)).filter(isMeant),
      approved: approved.filter(isMeant),
    }
  }

  async approve(code: string, accountId?: string): ReturnType<PairingDesk['approve']> {
    const approvedAtMs = this.#now()
    const { accountId: account, senderId } = await this.#decide(code, accountId, async (session, request) => {
      await session.query(sql.approve, [request.accountId, request.senderId, request.loginId, approvedAtMs])
      await session.query(sql.remove, [request.code])
    })
    return { accountId: account, senderId, approvedAtMs }
  }

  reject(code: string, accountId?: string): Promise<PairingRequest> {
    return this.#decide(code, accountId, (session, request) => session.query(sql.remove, [request.code]))
  }

  async admit(accountId: string, senderIds: readonly string[]): Promise<void> {
    await this.#db.query(sql.admit, [accountId, [...new Set(senderIds)], this.#now()])
    this.#approvals.changed()
  }

  async revoke(senderId: string, accountId: string): Promise<void> {
    const revoked = await this.#db.query(sql.revoke, [accountId, senderId])
    this.#approvals.changed() // Before the notification of it arrives.
    if (revoked.length === 0) throw notApprovedError(senderId, accountId)
  }

  async forgetExpiredPreviews(): Promise<void> {
    const atMs = this.#now()
    const found = await this.#db.query(sql.hasExpiredPreviews, [atMs])
    if (found.length > 0) await this.#db.query(sql.forgetExpiredPreviews, [atMs])
  }

  async #locked<Result>(work: (session: SqlSession) => Promise<Result>): Promise<Result> {
    const result = await this.#db.transaction(async (session) => {
      await session.query(sql.lock)
      return work(session)
    })
    this.#approvals.changed()
    return result
  }

  async #pending(session: SqlSession): Promise<PairingRequest[]> {
    return (await session.query(sql.pending, [this.#now()])).map(toRequest)
  }

  async #request(session: SqlSession, asked: Asked): Promise<PairingRequestResult> {
    const atMs = this.#now()
    await session.query(sql.forgetExpired, [atMs - expiredKeptMs])
    if (asked.loginId !== '') {
      await session.query(sql.forgetRequestsOfOtherLogins, [asked.accountId, asked.loginId])
      await session.query(sql.forgetApprovalsOfOtherLogins, [asked.accountId, asked.loginId])
    }
    const answer = answerFrom(await this.#pending(session), asked)
    if (answer !== undefined) return answer
    const request = newRequest(asked, await this.#unusedCode(session), atMs)
    const { accountId, senderId, code, messageId, loginId, senderName, text, expiresAtMs } = request
    await session.query(sql.put, [
      accountId,
      senderId,
      code,
      messageId,
      loginId,
      senderName,
      text,
      atMs,
      expiresAtMs,
    ])
    return created(request)
  }

  async #decide(
    typed: string,
    accountId: string | undefined,
    act: (session: SqlSession, request: PairingRequest) => Promise<unknown>,
  ): Promise<PairingRequest> {
    const lookup = await this.#locked(async (session) => {
      const result = await this.#lookUp(session, normalizePairingCode(typed), accountId)
      if ('request' in result) await act(session, result.request)
      return result
    })
    return found(lookup)
  }

  async #lookUp(session: SqlSession, code: string, accountId: string | undefined): Promise<Lookup> {
    const atMs = this.#now()
    const desk = accountId ?? ''
    await session.query(sql.forgetWrong, [atMs - wrongCodeWindowMs])
    const [wrong] = await session.query(sql.wrong, [desk, atMs + wrongCodeWindowMs])
    const waitMs = lockedFor({ count: Number(wrong?.n), oldestAtMs: Number(wrong?.oldest) }, atMs)
    if (waitMs !== undefined) return { waitMs }
    const [request] = (await session.query(sql.byCode, [code])).map(toRequest)
    if (request === undefined || (accountId ?? request.accountId) !== request.accountId) {
      await session.query(sql.countWrong, [desk, atMs])
      return { failure: 'unknown' }
    }
    return request.expiresAtMs <= atMs ? { failure: 'expired' } : { request }
  }

  /** Codes are unique over all accounts, so that one is enough to say which request is meant. */
  async #unusedCode(session: SqlSession): Promise<string> {
    for (const code of drawnCodes(this.#random))
      if ((await session.query(sql.byCode, [code])).length === 0) return code
    throw noCodeError()
  }
}

function toRequest(row: SqlRow): PairingRequest {
  return {
    accountId: String(row.account_id),
    senderId: String(row.sender_id),
    code: String(row.code),
    messageId: String(row.message_id),
    loginId: String(row.login_id),
    senderName: String(row.sender_name),
    text: String(row.text),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
  }
}

function toApproval(row: SqlRow): ApprovedSender {
  return {
    accountId: String(row.account_id),
    senderId: String(row.sender_id),
    approvedAtMs: Number(row.approved_at_ms),
  }
}
