/**
 * PostgreSQL as the port that the gateway and its channels use: one pool of connections for all. Every failure becomes one
 * of a few states with words, and the pool connects again by itself.
 */

import { createHash } from 'node:crypto'
import { MoltbotError } from '@moltbot/channel-sdk'
import type {
  SqlDatabase,
  SqlRow,
  SqlSession,
  SqlTransactionOptions,
  SqlValue,
} from '@moltbot/channel-sdk/sql'
import pg from 'pg'
import { databaseError } from './errors.ts'
import { Listener } from './listener.ts'
import { migrateIn } from './migrate.ts'
import { poolConfig } from './options.ts'
import { type Rider, Riders } from './riders.ts'
import type { PostgresSettings } from './settings.ts'
import { Sockets } from './sockets.ts'
import { escapeText, unescapeText } from './text.ts'

/** PostgreSQL 15, as `server_version_num` says it. */
const oldestVersion = 150_000
/** A transaction that another one displaced is run this often. */
const attempts = 3
/** Needs 1 MB of the database's disk. */
const sample = `
  CREATE TEMPORARY TABLE moltbot_sample ON COMMIT DROP
  AS SELECT repeat('x', 1000) AS bytes FROM generate_series(1, 1000)`

export class PostgresDatabase implements SqlDatabase {
  readonly #pool: pg.Pool
  readonly #listener: Listener
  readonly #sockets = new Sockets()
  #problem: MoltbotError | undefined
  readonly #riders = new Riders(() => this.flush())
  #roundTrips = 0
  /** How long one slow statement is a problem, and until when it is. */
  readonly #slowMs: number
  #slowUntilMs = 0
  /** Called when there is a problem, another one, or none any more. */
  onProblem: (problem: MoltbotError | undefined) => void = () => undefined

  /** Connects with the first statement. */
  constructor(settings: PostgresSettings) {
    const config = { ...poolConfig(settings), types: { getTypeParser } }
    // Statements that are given to a connection at once are sent at once.
    this.#pool = new pg.Pool({ ...config, pipeline: true, stream: this.#sockets.make })
    // A connection that ends between two statements: the next statement reports what is wrong. Without listeners of both, of
    // the idle ones and of those that are in use, it would end the process.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
    this.#listener = new Listener(config)
    this.#slowMs = 2 * config.query_timeout
  }

  /** Why the database cannot be used, from the statement that failed until a `check` finds that it can. */
  get problem(): MoltbotError | undefined {
    return this.#problem
  }

  /** Waits for an answer of the database since this was made. */
  get roundTrips(): number {
    return this.#roundTrips
  }

  /** @throws what keeps the database from being used */
  async check(): Promise<void> {
    const [row] = await this.query(`
      SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
        pg_is_in_recovery() OR current_setting('transaction_read_only')::bool AS read_only`)
    if (Number(row?.number) < oldestVersion) throw this.#note(tooOld(String(row?.version)))
    if (row?.read_only === true) throw this.#note(readOnly())
    // It can be read all the time.
    if (this.#problem?.code === 'database-disk-full')
      await this.transaction((session) => session.query(sample))
    // The statement that is too slow is tried again, and is as slow.
    const isSlow = this.#problem?.code === 'database-slow' && performance.now() < this.#slowUntilMs
    if (!isSlow) this.#setProblem(undefined)
  }

  query(text: string, values: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return this.#withClient((client) => {
      this.#ride(client, this.#riders.take())
      return this.#run(client, text, values)
    })
  }

  /**
   * As `query`, in one round trip with the next one. For statements that take no time: the other one waits for them.
   * @param withinMs how long it may wait for another one
   */
  queryWithNext(text: string, values: readonly SqlValue[], withinMs: number): Promise<readonly SqlRow[]> {
    return this.#riders.add(text, values, withinMs)
  }

  /** Resolves when what waited for another statement has been run. Never rejects. */
  async flush(): Promise<void> {
    const riders = this.#riders.take()
    if (riders.length === 0) return
    this.#roundTrips++
    await this.#withClient((client) => Promise.all(this.#ride(client, riders))).catch((error: unknown) => {
      for (const { reject } of riders) reject(error)
    })
  }

  async transaction<Result>(
    work: (session: SqlSession) => Promise<Result>,
    { durability = 'durable' }: SqlTransactionOptions = {},
  ): Promise<Result> {
    const begin = durability === 'durable' ? 'BEGIN' : 'BEGIN; SET LOCAL synchronous_commit TO OFF'
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#withClient((client) => this.#transact(client, begin, work))
      } catch (error) {
        const isConflict = error instanceof MoltbotError && error.code === 'database-conflict'
        if (!isConflict || attempt === attempts) throw error
      }
    }
  }

  /** @param watch is told when notifications arrive, and when they may be missed from then on */
  listen(channel: string, onNotify: () => void, watch?: (isLive: boolean) => void): () => void {
    return this.#listener.on(channel, onNotify, watch)
  }

  migrate(schema: string, scripts: readonly string[]): Promise<void> {
    return this.transaction((session) => migrateIn(session, schema, scripts))
  }

  /**
   * Gives up every connection: what waits for an answer fails at once, as if the server had closed them. The next statement
   * connects again.
   */
  reconnect(): void {
    this.#sockets.destroy()
    this.#listener.reconnect()
  }

  /** Resolves when running statements have ended and all connections are closed. */
  async close(): Promise<void> {
    await this.flush()
    await Promise.all([this.#listener.close(), this.#pool.end()])
  }

  async #transact<Result>(
    client: pg.PoolClient,
    begin: string,
    work: (session: SqlSession) => Promise<Result>,
  ): Promise<Result> {
    this.#roundTrips += 2 // The begin and the end.
    await this.#send(client, { text: begin })
    try {
      const result = await work({ query: (text, values = []) => this.#run(client, text, values) })
      await this.#send(client, { text: 'COMMIT' })
      return result
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined) // The connection is lost, and the transaction with it.
      throw error
    }
  }

  async #withClient<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw this.#note(databaseError(error, false))
    })
    let failure: unknown
    try {
      return await work(client)
    } catch (error) {
      failure = this.#note(databaseError(error, true))
      throw failure
    } finally {
      // A connection in doubt is not used again.
      client.release(failure instanceof MoltbotError && !failure.certain)
    }
  }

  /** Each is settled by itself. @returns never rejects */
  #ride(client: pg.PoolClient, riders: readonly Rider[]): Promise<void>[] {
    return riders.map(({ text, values, resolve, reject }) =>
      this.#ask(client, text, values).then(resolve, (error: unknown) => reject(this.#note(error))),
    )
  }

  #run(client: pg.PoolClient, text: string, values: readonly SqlValue[]): Promise<SqlRow[]> {
    this.#roundTrips++
    return this.#ask(client, text, values)
  }

  async #ask(client: pg.PoolClient, text: string, values: readonly SqlValue[]): Promise<SqlRow[]> {
    const { rows } = await this.#send(client, {
      text,
      ...(values.length > 0 && { name: nameOf(text), values: values.map(toDriver) }),
    })
    return rows
  }

  async #send(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult> {
    try {
      return await client.query(query)
    } catch (error) {
      throw databaseError(error, true)
    }
  }

  #note(error: unknown): unknown {
    const isProblem = error instanceof MoltbotError && error.code.startsWith('database-')
    if (!isProblem || error.code === 'database-conflict') return error
    if (error.code === 'database-slow') this.#slowUntilMs = performance.now() + this.#slowMs
    this.#setProblem(error)
    return error
  }

  #setProblem(problem: MoltbotError | undefined): void {
    const isChange = this.#problem?.code !== problem?.code
    this.#problem = problem
    if (isChange) this.onProblem(problem)
  }
}

/** Statements are prepared once for each connection. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = createHash('sha1').update(text).digest('base64url')
  names.set(text, name)
  return name
}

function toDriver(value: SqlValue): unknown {
  if (typeof value === 'string') return escapeText(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (Array.isArray(value)) return value.map((item) => (typeof item === 'string' ? escapeText(item) : item))
  return value
}

const { builtins } = pg.types
const textTypes: readonly number[] = [builtins.TEXT, builtins.VARCHAR, builtins.BPCHAR]

function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === builtins.INT8) return Number
  if (textTypes.includes(oid)) return unescapeText
  if (oid === builtins.JSON) return parseJson
  return pg.types.getTypeParser(oid, format)
}

/** The escapes are in the values: JSON writes U+001A as an escape of its own. */
function parseJson(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => (typeof value === 'string' ? unescapeText(value) : value))
}

function tooOld(version: string): MoltbotError {
  return new MoltbotError(
    'database-too-old',
    `the database is PostgreSQL ${version}; version 15 or newer is needed`,
  )
}

function readOnly(): MoltbotError {
  return new MoltbotError(
    'database-read-only',
    'the database is read-only, as a standby is; state.url must lead to the primary server',
    { retryable: true },
  )
}
