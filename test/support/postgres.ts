/**
 * PostgreSQL for tests: a private cluster on a unix socket in a temporary folder, of the binaries that Debian's package
 * brings. The tests of one run share a cluster and get a database each; a test of the server itself starts its own.
 */

import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const debianFolder = '/usr/lib/postgresql'

/** Environment variable with the folder of the cluster of this run. */
export const sharedFolder = 'MOLTBOT_TEST_POSTGRES'
const isRoot = process.getuid?.() === 0

/** The folder of `initdb` and `postgres`; undefined where PostgreSQL is not installed. */
const postgresBin: string | undefined = existsSync(debianFolder)
  ? readdirSync(debianFolder)
      .filter((version) => existsSync(join(debianFolder, version, 'bin', 'initdb')))
      .toSorted((one, other) => Number(other) - Number(one))
      .map((version) => join(debianFolder, version, 'bin'))[0]
  : undefined

/** For `describe.skipIf`: says by name what is not tested. */
export const withoutPostgres = postgresBin === undefined
/** Behind the name of a suite that needs PostgreSQL. */
export const postgresNote = withoutPostgres ? ' (skipped: PostgreSQL is not installed)' : ''

export interface ClusterOptions {
  /** Settings of the server, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>
  /** Lines of pg_hba.conf. Default: the socket trusts everybody. */
  readonly hba?: readonly string[]
  /** Flushes to the disk, for tests of durability. Default: off. */
  readonly fsync?: boolean
  /** A port of 127.0.0.1 that it listens on besides its socket. Default: none. */
  readonly port?: number
}

/** Starts a server that ends with `stop`. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = new Cluster(mkdtempSync('/tmp/moltbot-pg-'))
  cluster.init(options)
  await cluster.start()
  return cluster
}

export class Cluster {
  readonly folder: string
  #port = 5432
  #runs = false

  constructor(folder: string) {
    this.folder = folder
  }

  get dataFolder(): string {
    return join(this.folder, 'data')
  }

  get port(): number {
    return this.#port
  }

  url(database = 'postgres', user = 'postgres'): string {
    return `postgres:///${database}?host=${encodeURIComponent(this.folder)}&port=${this.#port}&user=${user}`
  }

  init({ settings = {}, hba, fsync = false, port }: ClusterOptions): void {
    if (port !== undefined) this.#port = port
    giveToPostgres(this.folder)
    asPostgres('initdb', [
      '--pgdata',
      this.dataFolder,
      '--no-sync',
      '--auth=trust',
      '--username=postgres',
      '--encoding=UTF8',
      '--locale=C',
    ])
    const all = {
      listen_addresses: port === undefined ? "''" : "'127.0.0.1'",
      port: this.#port,
      unix_socket_directories: `'${this.folder}'`,
      ...(!fsync && { fsync: 'off', full_page_writes: 'off' }),
      shared_buffers: "'32MB'",
      max_connections: 100,
      ...settings,
    }
    const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`)
    appendFileSync(join(this.dataFolder, 'postgresql.conf'), `${lines.join('\n')}\n`)
    if (hba !== undefined) writeFileSync(join(this.dataFolder, 'pg_hba.conf'), `${hba.join('\n')}\n`)
  }

  async start(): Promise<void> {
    const [command, args] = postgresCommand('postgres', ['-D', this.dataFolder])
    spawn(command, args, { stdio: 'ignore', detached: true }).unref()
    this.#runs = true
    await this.accepts()
  }

  /** Resolves when it takes connections. */
  async accepts(): Promise<void> {
    for (;;) {
      try {
        const client = new pg.Client({ connectionString: this.url() })
        client.on('error', () => undefined)
        await client.connect()
        await client.end()
        return
      } catch (error) {
        // Refused for another reason than that it is not up: it is up.
        if (error instanceof pg.DatabaseError && error.code !== '57P03') return
        await sleep(20)
      }
    }
  }

  /** @param how `fast` ends connections, `immediate` is a crash of the server */
  halt(how: 'fast' | 'immediate' = 'fast'): void {
    asPostgres('pg_ctl', ['stop', '--pgdata', this.dataFolder, '--mode', how, '--silent'])
    this.#runs = false
  }

  /** A crash of the server, which is started again. Returns when it accepts connections. */
  crash(): void {
    const log = join(this.folder, 'server.log')
    const restart = ['restart', '--pgdata', this.dataFolder, '--mode', 'immediate', '--wait', '--log', log]
    asPostgres('pg_ctl', [...restart, '--silent'])
  }

  /** Reads its settings, rules and certificates again. */
  reload(): void {
    asPostgres('pg_ctl', ['reload', '--pgdata', this.dataFolder, '--silent'])
  }

  async execute(sql: string, database = 'postgres'): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.url(database) })
    await client.connect()
    try {
      return await client.query(sql)
    } finally {
      await client.end()
    }
  }

  stop(): void {
    if (this.#runs) this.halt('immediate')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The server refuses to run as root, which tests may be. */
function postgresCommand(name: string, args: readonly string[]): [string, string[]] {
  const path = join(postgresBin ?? debianFolder, name)
  return isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, [...args]]
}

export function asPostgres(name: string, args: readonly string[]): void {
  const [command, all] = postgresCommand(name, args)
  execFileSync(command, all, { stdio: ['ignore', 'ignore', 'pipe'], cwd: '/' })
}

export function giveToPostgres(folder: string): void {
  if (!isRoot) return
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  chownSync(folder, idOf('-u'), idOf('-g'))
}

/**
 * An empty database in the cluster that all tests of a run share; the first that asks starts it, and the end of the run
 * stops it (`postgres-run.ts`).
 * @returns its URL
 */
export async function emptyDatabase(): Promise<string> {
  const cluster = await sharedCluster()
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await cluster.execute(`CREATE DATABASE ${name}`)
  return cluster.url(name)
}

async function sharedCluster(): Promise<Cluster> {
  const folder = process.env[sharedFolder]
  if (folder === undefined) throw new Error(`${sharedFolder} is not set: postgres-run.ts has not run`)
  const cluster = new Cluster(folder)
  if (isFirst(folder)) {
    cluster.init({ settings: { max_connections: 300 } })
    await cluster.start()
    writeFileSync(join(folder, 'ready'), '')
  }
  while (!existsSync(join(folder, 'ready'))) await sleep(20)
  return cluster
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(join(folder, 'taken'))
    return true
  } catch {
    return false
  }
}
