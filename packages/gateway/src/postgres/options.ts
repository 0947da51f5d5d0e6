/**
 * How the gateway connects to PostgreSQL: `state` of the configuration as options of the driver.
 */

import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { MoltbotError } from '@moltbot/channel-sdk'
import type { PoolConfig } from 'pg'
import { parse } from 'pg-connection-string'
import type { PostgresSettings } from './settings.ts'

const defaultPoolSize = 10
const defaultStatementTimeoutMs = 30_000
/** The parameter of libpq, which hosted databases write into the URL that they show. */
const sslmode = /([?&])sslmode=([^&]*)&?/
const connectTimeoutMs = 5_000
/** A transaction whose gateway does not go on is ended by the server, with the locks that it holds. */
const idleInTransactionMs = 30_000

export function poolConfig(settings: PostgresSettings) {
  const { url, statementTimeoutMs = defaultStatementTimeoutMs } = settings
  // TLS is the business of this file; the parser would warn of modes that libpq treats otherwise.
  const { host, port, user, password, database } = parsed(url.replace(sslmode, '$1'))
  const place = host || 'localhost'
  const ssl = wantsTls(settings, place) ? tlsOptions(settings, place) : false
  return {
    host: place,
    ...(port && { port: Number(port) }),
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(database && { database }),
    ssl,
    max: poolSizeOf(settings),
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    // The server ends what takes too long; this is for a server that does not answer any more.
    query_timeout: statementTimeoutMs + connectTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionMs,
    application_name: 'moltbot',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    idleTimeoutMillis: 30_000,
  } satisfies PoolConfig
}

/** Connections of a gateway at the same time. */
export const poolSizeOf = ({ poolSize = defaultPoolSize }: PostgresSettings): number => poolSize

/** Whether the database can be reached without a network. */
export function isOnThisMachine({ url }: PostgresSettings): boolean {
  return isThisMachine(parsed(url.replace(sslmode, '$1')).host || 'localhost')
}

/** Where the database is, for people: without user and password. @throws `state-url-wrong` */
export function placeOf({ url }: Pick<PostgresSettings, 'url'>): string {
  const { host, port, database } = parsed(url)
  return `PostgreSQL ${host || 'localhost'}${port ? `:${port}` : ''}/${database ?? ''}`
}

/** The error of the parser has the URL, and with it the password. */
function parsed(url: string) {
  try {
    return parse(url)
  } catch {
    throw new MoltbotError('state-url-wrong', 'the URL of the database cannot be read')
  }
}

function wantsTls({ tls, url }: PostgresSettings, host: string): boolean {
  if (tls !== undefined) return tls === 'verify'
  const mode = sslmode.exec(url)?.[2]
  return mode === undefined ? !isThisMachine(host) : mode !== 'disable'
}

function isThisMachine(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function tlsOptions({ caFile, certFile, keyFile }: PostgresSettings, host: string) {
  const read = (file: string) => readFileSync(file, 'utf8')
  return {
    rejectUnauthorized: true,
    // A server name must not be an address (RFC 6066, section 3).
    ...(isIP(host) === 0 && { servername: host }),
    ...(caFile !== undefined && { ca: read(caFile) }),
    ...(certFile !== undefined && { cert: read(certFile) }),
    ...(keyFile !== undefined && { key: read(keyFile) }),
  }
}
