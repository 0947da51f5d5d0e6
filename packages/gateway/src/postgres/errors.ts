/**
 * What PostgreSQL, its driver and the network say, as errors of this project: a stable code, and words for the operator.
 */

import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { DatabaseProblem } from '@moltbot/channel-sdk/sql'

interface Problem {
  readonly code: DatabaseProblem
  readonly message: string
  readonly retryable: boolean
}

const unreachable: Problem = {
  code: 'database-unreachable',
  message: 'the database cannot be reached; the gateway tries again',
  retryable: true,
}
const tls: Problem = {
  code: 'database-tls',
  message: 'no trusted TLS connection to the database; check state.tls and the certificate of the server',
  retryable: false,
}
const wrongPassword: Problem = {
  code: 'database-password-wrong',
  message: 'the database refuses the user or the password of state.url',
  retryable: false,
}
const outOfConnections: Problem = {
  code: 'database-out-of-connections',
  message: 'the database accepts no more connections; raise its max_connections or lower state.poolSize',
  retryable: true,
}

/** By SQLSTATE (PostgreSQL documentation, appendix A). */
const bySqlState: Readonly<Record<string, Problem>> = {
  '28P01': wrongPassword,
  '28000': wrongPassword,
  '3D000': {
    code: 'database-missing',
    message: 'the database of state.url does not exist; create it with createdb',
    retryable: false,
  },
  '42501': {
    code: 'database-forbidden',
    message: 'the database user may not do this; make it the owner of the database of state.url',
    retryable: false,
  },
  '25006': {
    code: 'database-read-only',
    message: 'the database is read-only, as a standby is; state.url must lead to the primary server',
    retryable: true,
  },
  '53300': outOfConnections,
  '53100': {
    code: 'database-disk-full',
    message: 'the disk of the database is full; free space there',
    retryable: true,
  },
  '53200': {
    code: 'database-slow',
    message: 'the database has no memory left for this',
    retryable: true,
  },
  '57014': {
    code: 'database-slow',
    message: 'the database took longer than state.statementTimeoutMs',
    retryable: true,
  },
  '55P03': { code: 'database-slow', message: 'a lock in the database was not released', retryable: true },
  '25P03': { code: 'database-slow', message: 'the database ended an idle transaction', retryable: true },
  '40001': {
    code: 'database-conflict',
    message: 'another transaction of the database came first',
    retryable: true,
  },
  '40P01': {
    code: 'database-conflict',
    message: 'another transaction of the database came first',
    retryable: true,
  },
  // The server is starting, stopping or was ended.
  '57P01': unreachable,
  '57P02': unreachable,
  '57P03': unreachable,
  '57P05': unreachable,
  '58030': {
    code: 'database-disk-full',
    message: 'the disk of the database fails; see its log',
    retryable: true,
  },
}

const networkCodes = /^(?:E(?:CONN|HOST|NET|TIMEDOUT|PIPE|NOENT|ACCES|AI_|NOTFOUND)|08)/
const tlsCodes = /CERT|TLS|SSL|UNABLE_TO_VERIFY|ALTNAME/
const tlsRefused = /does not support SSL/
/** Messages of the driver, which have no code. */
const lostConnection =
  /connection terminated|connection ended|client has encountered|query read timeout|timeout expired|timeout exceeded|not queryable|Cannot use a pool/i

/**
 * @param sent the statement was on its way: a lost connection leaves open whether it was run
 * @returns the error itself where the database can be used and refused just this statement
 */
export function databaseError(error: unknown, sent: boolean): unknown {
  if (error instanceof MoltbotError) return error
  const problem = problemOf(error)
  if (problem === undefined) return error
  const { code, message, retryable } = problem
  const certain = !sent || code !== 'database-unreachable'
  return new MoltbotError(code, `${message} (${messageOf(error) || codeOf(error)})`, {
    retryable,
    certain,
    cause: error,
  })
}

function problemOf(error: unknown): Problem | undefined {
  const code = codeOf(error)
  const known = Object.hasOwn(bySqlState, code) ? bySqlState[code] : undefined
  if (known !== undefined) return known
  if (tlsCodes.test(code) || tlsRefused.test(messageOf(error))) return tls
  if (networkCodes.test(code) || lostConnection.test(messageOf(error))) return unreachable
  return undefined
}
