/**
 * The SQL of pairing, and nothing else: each function is one statement, the rules are the caller's.
 */

import type { Reader, Row, Writer } from '@moltbot/channel-sdk/sqlite'
import { timeOf, type UnreadableRows } from '../gateway-database.ts'
import type { ApprovedSender, PairingRequest } from './pairing-desk.ts'

const requestColumns = `CAST(rowid AS TEXT) AS row_id, account_id, sender_id, code, message_id, login_id,
  sender_name, text, created_at_ms * 1.0 AS created_at_ms, expires_at_ms * 1.0 AS expires_at_ms`
const approvalColumns = 'CAST(rowid AS TEXT) AS row_id, account_id, sender_id, approved_at_ms * 1.0 AS at_ms'
const ofAnotherLogin = "account_id = ? AND login_id NOT IN ('', ?)"

/** Replaces what the same sender asked of the same account before. */
export function putRequest(writer: Writer, request: PairingRequest): void {
  const { accountId, senderId, code, messageId, loginId, senderName, text, createdAtMs, expiresAtMs } =
    request
  writer.run(
    `INSERT OR REPLACE INTO pairing_request
      (account_id, sender_id, code, message_id, login_id, sender_name, text, created_at_ms, expires_at_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[accountId, senderId, code, messageId, loginId, senderName, text, createdAtMs, expiresAtMs],
  )
}

/** Expired ones too. */
export function requestByCode(
  reader: Reader,
  unreadable: UnreadableRows,
  code: string,
): PairingRequest | undefined {
  const rows = reader.all(`SELECT ${requestColumns} FROM pairing_request WHERE code = ?`, code)
  return unreadable.leaveOut('pairing_request', rows, toRequest)[0]
}

export function isCodeInUse(reader: Reader, code: string): boolean {
  return reader.get('SELECT 1 FROM pairing_request WHERE code = ?', code) !== undefined
}

export function pendingRequests(reader: Reader, unreadable: UnreadableRows, atMs: number): PairingRequest[] {
  const sql = `SELECT ${requestColumns} FROM pairing_request WHERE expires_at_ms > ? ORDER BY created_at_ms`
  return unreadable.leaveOut('pairing_request', reader.all(sql, atMs), toRequest)
}

export function removeRequest(writer: Writer, { code }: PairingRequest): void {
  writer.run('DELETE FROM pairing_request WHERE code = ?', code)
}

export function forgetExpiredBefore(writer: Writer, atMs: number): void {
  writer.run('DELETE FROM pairing_request WHERE expires_at_ms < ?', atMs)
}

const withExpiredPreview = "expires_at_ms <= ? AND (sender_name <> '' OR text <> '')"

export function hasExpiredPreviews(reader: Reader, atMs: number): boolean {
  return reader.get(`SELECT 1 FROM pairing_request WHERE ${withExpiredPreview}`, atMs) !== undefined
}

export function forgetExpiredPreviews(writer: Writer, atMs: number): void {
  writer.run(`UPDATE pairing_request SET sender_name = '', text = '' WHERE ${withExpiredPreview}`, atMs)
}

/** Their ids mean other people by now. */
export function forgetOtherLogins(writer: Writer, accountId: string, loginId: string): void {
  writer.run(`DELETE FROM pairing_request WHERE ${ofAnotherLogin}`, accountId, loginId)
  writer.run(`DELETE FROM pairing_approval WHERE ${ofAnotherLogin}`, accountId, loginId)
}

/** A row that cannot be read approves no sender, as it is in no list from which it could be revoked. */
export function isApproved(
  reader: Reader,
  unreadable: UnreadableRows,
  { accountId, senderId, loginId }: Pick<PairingRequest, 'accountId' | 'senderId' | 'loginId'>,
): boolean {
  const sql = `SELECT ${approvalColumns} FROM pairing_approval WHERE account_id = ? AND sender_id = ? AND login_id = ?`
  const rows = reader.all(sql, accountId, senderId, loginId)
  return unreadable.leaveOut('pairing_approval', rows, toApproval).length > 0
}

export function putApproval(
  writer: Writer,
  { accountId, senderId, loginId }: Pick<PairingRequest, 'accountId' | 'senderId' | 'loginId'>,
  atMs: number,
): void {
  writer.run(
    'INSERT OR REPLACE INTO pairing_approval (account_id, sender_id, login_id, approved_at_ms) VALUES (?, ?, ?, ?)',
    ...[accountId, senderId, loginId, atMs],
  )
}

/** @returns whether there was anything to take back */
export function removeApproval(writer: Writer, accountId: string, senderId: string): boolean {
  const sql = 'DELETE FROM pairing_approval WHERE account_id = ? AND sender_id = ?'
  return writer.run(sql, accountId, senderId) > 0
}

export function approvals(reader: Reader, unreadable: UnreadableRows): ApprovedSender[] {
  const sql = `SELECT ${approvalColumns} FROM pairing_approval ORDER BY approved_at_ms`
  return unreadable.leaveOut('pairing_approval', reader.all(sql), toApproval)
}

/**
 * @param accountId empty: those that named no account
 * @param untilMs later ones are damaged rows, which must not lock the desk indefinitely
 */
export function wrongCodes(
  reader: Reader,
  accountId: string,
  untilMs: number,
): { count: number; oldestAtMs: number } {
  const sql = `SELECT count(*) AS n, min(at_ms) * 1.0 AS oldest FROM pairing_wrong_code
    WHERE account_id = ? AND at_ms <= ?`
  const row = reader.get(sql, accountId, untilMs)
  return { count: Number(row?.n), oldestAtMs: Number(row?.oldest) }
}

export function countWrongCode(writer: Writer, accountId: string, atMs: number): void {
  writer.run('INSERT INTO pairing_wrong_code (account_id, at_ms) VALUES (?, ?)', accountId, atMs)
}

export function forgetWrongCodesBefore(writer: Writer, atMs: number): void {
  writer.run('DELETE FROM pairing_wrong_code WHERE at_ms <= ?', atMs)
}

function toRequest(row: Row): PairingRequest | undefined {
  const createdAtMs = timeOf(row.created_at_ms)
  const expiresAtMs = timeOf(row.expires_at_ms)
  if (createdAtMs === undefined || expiresAtMs === undefined) return undefined
  return {
    accountId: String(row.account_id),
    senderId: String(row.sender_id),
    code: String(row.code),
    messageId: String(row.message_id),
    loginId: String(row.login_id),
    senderName: String(row.sender_name),
    text: String(row.text),
    createdAtMs,
    expiresAtMs,
  }
}

function toApproval(row: Row): ApprovedSender | undefined {
  const approvedAtMs = timeOf(row.at_ms)
  if (approvedAtMs === undefined) return undefined
  return { accountId: String(row.account_id), senderId: String(row.sender_id), approvedAtMs }
}
