/**
 * The SQL of pairing, and nothing else: each member is one statement, the rules are the caller's.
 */

import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

export interface PairingRequest {
  readonly accountId: string
  readonly senderId: string
  readonly code: string
  /** The message that asked; empty where the channel does not say. */
  readonly messageId: string
  /** The login for which it counts; empty where ids outlast logins. */
  readonly loginId: string
  /** Both in milliseconds since the epoch. */
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export type PairingQueries = ReturnType<typeof preparePairingQueries>

type Row = Record<string, SQLOutputValue>

export function preparePairingQueries(db: DatabaseSync) {
  return { ...prepareRequests(db), ...prepareApprovals(db), ...prepareWrongCodes(db) }
}

const ofAnotherLogin = "account_id = ? AND login_id NOT IN ('', ?)"

function prepareRequests(db: DatabaseSync) {
  const put = db.prepare(
    `INSERT OR REPLACE INTO pairing_request
      (account_id, sender_id, code, message_id, login_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const byCode = db.prepare('SELECT * FROM pairing_request WHERE code = ?')
  const pending = db.prepare('SELECT * FROM pairing_request WHERE expires_at_ms > ? ORDER BY created_at_ms')
  const remove = db.prepare('DELETE FROM pairing_request WHERE code = ?')
  const forget = db.prepare('DELETE FROM pairing_request WHERE expires_at_ms < ?')
  const forgetLogins = db.prepare(`DELETE FROM pairing_request WHERE ${ofAnotherLogin}`)
  return {
    /** Replaces what the same sender asked of the same account before. */
    putRequest: (request: PairingRequest) => {
      const { accountId, senderId, code, messageId, loginId, createdAtMs, expiresAtMs } = request
      put.run(accountId, senderId, code, messageId, loginId, createdAtMs, expiresAtMs)
    },
    /** Expired ones too. */
    requestByCode: (code: string) => {
      const row = byCode.get(code)
      return row === undefined ? undefined : toRequest(row)
    },
    pending: (atMs: number) => pending.all(atMs).map(toRequest),
    removeRequest: (request: PairingRequest) => {
      remove.run(request.code)
    },
    forgetExpiredBefore: (atMs: number) => {
      forget.run(atMs)
    },
    forgetRequestsOfOtherLogins: (accountId: string, loginId: string) => {
      forgetLogins.run(accountId, loginId)
    },
  }
}

function prepareApprovals(db: DatabaseSync) {
  const isApproved = db.prepare(
    'SELECT 1 FROM pairing_approval WHERE account_id = ? AND sender_id = ? AND login_id = ?',
  )
  const approve = db.prepare(
    'INSERT OR REPLACE INTO pairing_approval (account_id, sender_id, login_id, approved_at_ms) VALUES (?, ?, ?, ?)',
  )
  const forgetLogins = db.prepare(`DELETE FROM pairing_approval WHERE ${ofAnotherLogin}`)
  const revoke = db.prepare('DELETE FROM pairing_approval WHERE account_id = ? AND sender_id = ?')
  const approved = db.prepare('SELECT * FROM pairing_approval ORDER BY approved_at_ms')
  return {
    isApproved: (accountId: string, senderId: string, loginId: string) =>
      isApproved.get(accountId, senderId, loginId) !== undefined,
    approve: ({ accountId, senderId, loginId }: PairingRequest, atMs: number) => {
      approve.run(accountId, senderId, loginId, atMs)
    },
    forgetApprovalsOfOtherLogins: (accountId: string, loginId: string) => {
      forgetLogins.run(accountId, loginId)
    },
    /** Was there anything to take back? */
    revoke: (accountId: string, senderId: string) => revoke.run(accountId, senderId).changes !== 0,
    approved: () =>
      approved.all().map((row) => ({
        accountId: String(row.account_id),
        senderId: String(row.sender_id),
        approvedAtMs: Number(row.approved_at_ms),
      })),
  }
}

function prepareWrongCodes(db: DatabaseSync) {
  const count = db.prepare(
    'SELECT count(*) AS n, min(at_ms) AS oldest FROM pairing_wrong_code WHERE account_id = ?',
  )
  const add = db.prepare('INSERT INTO pairing_wrong_code (account_id, at_ms) VALUES (?, ?)')
  const forget = db.prepare('DELETE FROM pairing_wrong_code WHERE at_ms <= ?')
  return {
    /** @param accountId empty: those that named no account */
    wrongCodes: (accountId: string) => {
      const row = count.get(accountId)
      return { count: Number(row?.n), oldestAtMs: Number(row?.oldest) }
    },
    countWrongCode: (accountId: string, atMs: number) => {
      add.run(accountId, atMs)
    },
    forgetWrongCodesBefore: (atMs: number) => {
      forget.run(atMs)
    },
  }
}

function toRequest(row: Row): PairingRequest {
  return {
    accountId: String(row.account_id),
    senderId: String(row.sender_id),
    code: String(row.code),
    messageId: String(row.message_id),
    loginId: String(row.login_id),
    createdAtMs: Number(row.created_at_ms),
    expiresAtMs: Number(row.expires_at_ms),
  }
}
