/**
 * The database server of a measurement, and what it counted: statements by their text, connections, CPU time.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ticksToMs } from '../../support/figures.ts'
import { type Cluster, startCluster } from '../../support/postgres.ts'

export interface Statement {
  readonly text: string
  readonly calls: number
}

/** PostgreSQL's own defaults, but for these: flushes to the disk are on, and the statements can be counted. */
const settings = {
  max_connections: 200,
  shared_buffers: "'128MB'",
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track': 'none',
}

export class Server {
  readonly #cluster: Cluster
  #databases = 0

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  static async start(): Promise<Server> {
    const cluster = await startCluster({ fsync: true, settings })
    await cluster.execute('CREATE EXTENSION pg_stat_statements')
    return new Server(cluster)
  }

  /** Makes an empty database. @returns its name */
  async database(): Promise<string> {
    const name = `bench_${this.#databases++}`
    await this.#cluster.execute(`CREATE DATABASE ${name}`)
    return name
  }

  url(database: string): string {
    return this.#cluster.url(database)
  }

  async query(sql: string, database: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.#cluster.execute(sql, database)).rows
  }

  /** Statements that reach the server while `work` runs, those with most calls first. Nothing else is counted meanwhile. */
  async statementsDuring(work: () => Promise<unknown>): Promise<readonly Statement[]> {
    await this.#track('top')
    await this.#cluster.execute('SELECT pg_stat_statements_reset()')
    await work()
    const { rows } = await this.#cluster.execute(`
      SELECT query, sum(calls) AS calls FROM pg_stat_statements
      WHERE query !~ 'pg_stat_statements' GROUP BY query ORDER BY calls DESC`)
    await this.#track('none')
    return rows.map(({ query, calls }) => ({ text: String(query), calls: Number(calls) }))
  }

  async connections(database: string): Promise<number> {
    const [row] = await this.query(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = '${database}' AND application_name = 'moltbot'`,
      database,
    )
    return Number(row?.n)
  }

  async bytesOfLog(): Promise<number> {
    const [row] = await this.query(`SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes`, 'postgres')
    return Number(row?.bytes)
  }

  /** Of all its processes, those that have ended too. */
  get cpuMs(): number {
    const [line = ''] = readFileSync(join(this.#cluster.dataFolder, 'postmaster.pid'), 'utf8').split('\n')
    const main = Number(line)
    const ticks = (pid: number, of: readonly number[]) => {
      const fields = statOf(pid)
      return of.reduce((sum, field) => sum + Number(fields[field] ?? 0), 0)
    }
    const living = childrenOf(main).map((pid) => ticks(pid, ownTime))
    return ticksToMs([ticks(main, [...ownTime, ...timeOfEndedChildren]), ...living].reduce((a, b) => a + b))
  }

  stop(): void {
    this.#cluster.stop()
  }

  async #track(which: 'top' | 'none'): Promise<void> {
    await this.#cluster.execute(`ALTER SYSTEM SET pg_stat_statements.track = '${which}'`)
    await this.#cluster.execute('SELECT pg_reload_conf()')
  }
}

/** Places behind the name in /proc/PID/stat (proc(5)). */
const parent = 1
const ownTime = [11, 12]
const timeOfEndedChildren = [13, 14]

function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  } catch {
    return [] // It has ended.
  }
}

function childrenOf(pid: number): number[] {
  const all = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return all.filter((other) => Number(statOf(other)[parent]) === pid)
}
