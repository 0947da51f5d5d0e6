/**
 * Two PostgreSQL servers, of which one is a standby that has confirmed whatever the other has committed, and takes its place.
 */

import { appendFileSync, mkdtempSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { asPostgres, Cluster, giveToPostgres } from '../support/postgres.ts'

const pollMs = 50

export class Servers {
  #primary: Cluster
  #standby: Cluster | undefined

  private constructor(primary: Cluster) {
    this.#primary = primary
  }

  static async start(): Promise<Servers> {
    const primary = new Cluster(mkdtempSync('/tmp/moltbot-pg-'))
    primary.init({
      settings: { max_connections: 200, wal_keep_size: "'256MB'" },
      hba: ['local all all trust', 'local replication all trust'],
    })
    await primary.start()
    const servers = new Servers(primary)
    await servers.addStandby()
    return servers
  }

  /** Its socket. */
  get path(): string {
    return `${this.#primary.folder}/.s.PGSQL.5432`
  }

  /** A copy of the primary, which from now on confirms each commit. */
  async addStandby(): Promise<void> {
    const standby = new Cluster(mkdtempSync('/tmp/moltbot-pg-'))
    giveToPostgres(standby.folder)
    const source = `host=${this.#primary.folder} user=postgres application_name=standby`
    asPostgres('pg_basebackup', [
      '-D',
      standby.dataFolder,
      '-R',
      '-d',
      source,
      '--checkpoint=fast',
      '--no-sync',
    ])
    appendFileSync(`${standby.dataFolder}/postgresql.conf`, `unix_socket_directories = '${standby.folder}'\n`)
    await standby.start()
    this.#standby = standby
    while ((await this.#primary.execute('SELECT FROM pg_stat_replication')).rowCount === 0)
      await sleep(pollMs)
    await this.#confirmedBy("'standby'")
  }

  /** The server ends and starts again, after `ms`. */
  async restart(ms: number): Promise<void> {
    this.#primary.halt('fast')
    await sleep(ms)
    await this.#primary.start()
  }

  /** The primary is gone for ever, at a moment; the standby takes its place. */
  async failOver(): Promise<void> {
    const gone = this.#primary
    const next = this.#standby
    if (next === undefined) throw new Error('there is no standby')
    gone.halt('immediate')
    this.#standby = undefined
    this.#primary = next
    await next.execute('SELECT pg_promote()')
    // It waits for a standby of its own otherwise.
    await this.#confirmedBy("''")
    gone.stop()
  }

  async query(sql: string, database: string): Promise<readonly Record<string, unknown>[]> {
    return (await this.#primary.execute(sql, database)).rows
  }

  stop(): void {
    this.#standby?.stop()
    this.#primary.stop()
  }

  async #confirmedBy(names: string): Promise<void> {
    await this.#primary.execute(`ALTER SYSTEM SET synchronous_standby_names = ${names}`)
    await this.#primary.execute('SELECT pg_reload_conf()')
  }
}
