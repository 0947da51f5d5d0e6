/**
 * `state` of the configuration, as far as it is about PostgreSQL. Loads no driver.
 */

export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`; a socket's folder as `?host=/run/postgresql`. */
  readonly url: string
  /** Connections at the same time. Defaults to 10. */
  readonly poolSize?: number
  /** A statement that takes longer fails. Defaults to 30,000. */
  readonly statementTimeoutMs?: number
  /** `verify`: TLS, and the certificate must be trusted. Defaults to it, but for this machine's own addresses. */
  readonly tls?: 'verify' | 'off'
  /** PEM file with the authorities that are trusted. Defaults to the system's. */
  readonly caFile?: string
  /** PEM files of a client certificate. */
  readonly certFile?: string
  readonly keyFile?: string
  /** A folder that every gateway of the database sees, for files that wait to be sent. Absent: they are in the database. */
  readonly filesDir?: string
}

/** The password in the URL, as it is and not as it is encoded there. */
export function passwordOf({ url }: Pick<PostgresSettings, 'url'>): string | undefined {
  const written = /^[a-z]+:\/\/[^/?#]*?:([^@/?#]*)@/.exec(url)?.[1] ?? /[?&]password=([^&]*)/.exec(url)?.[1]
  if (written === undefined || written === '') return undefined
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}
