/**
 * A real gateway and a simulated iLink whose clocks are moved together, and what both have stored.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startModelServer } from '@moltbot/channel-sdk/testing'
import { startBackend, textOf } from '../support/backend.ts'
import { configWith } from '../support/config.ts'
import { GatewayHome, type RunningGateway } from '../support/gateway.ts'
import { until } from '../support/process.ts'
import type { Person } from './people.ts'

const preload = new URL('moved-clock.ts', import.meta.url).href
const settleTimeoutMs = 60_000
/** The gateway looks at its clock more often than this. */
const clockMs = 12

export interface ShownMessage {
  readonly to: string
  readonly text: string
  /** By the clock of the simulation. */
  readonly atMs: number
}

export interface RunFound {
  readonly scheduleId: string
  readonly dueMs: number
  readonly state: string
  readonly reason: string
  readonly sinceMs: number
}

export interface ScheduleFound {
  readonly id: string
  readonly personId: string
  readonly createdMs: number
  readonly nextMs: number | null
  readonly body: string
}

export class MonthStage {
  readonly #backend: Awaited<ReturnType<typeof startBackend>>
  readonly #model: Awaited<ReturnType<typeof startModelServer>>
  readonly #home: GatewayHome
  readonly #clockFile: string
  /** Stay open: the stage looks many times in each step. */
  readonly #databases = new Map<string, DatabaseSync>()
  #aheadMs = 0
  #gateway: RunningGateway | undefined
  #botId = ''
  #lastSeq = 0

  private constructor(
    backend: Awaited<ReturnType<typeof startBackend>>,
    model: Awaited<ReturnType<typeof startModelServer>>,
    folder: { readonly home: GatewayHome; readonly clockFile: string },
  ) {
    this.#backend = backend
    this.#model = model
    this.#home = folder.home
    this.#clockFile = folder.clockFile
  }

  static async open(people: readonly Person[]): Promise<MonthStage> {
    const backend = await startBackend()
    let asked = 0
    const model = await startModelServer({
      reply: ({ lastUserText = '', toolResults = [] }) => {
        const wish = toolResults.length === 0 ? wishIn(lastUserText, people) : undefined
        if (wish !== undefined) return { toolCalls: [{ name: wish.tool, input: wish.input }] }
        const mark = /asked (<\d+>)/.exec(lastUserText)?.[1]
        return mark === undefined ? 'fine' : `answer ${mark} #${++asked}`
      },
    })
    const wechat = {
      puppet: 'ilink',
      puppetOptions: backend.puppetOptions,
      dmPolicy: 'open',
      replyLanguage: 'en',
    }
    const config = { ...configWith(model.baseUrl, wechat), limits: { turnsPerHour: 0 } }
    const home = new GatewayHome(config, { TZ: 'UTC' })
    const clockFile = join(home.folder, 'clock')
    return new MonthStage(backend, model, { home, clockFile })
  }

  get control() {
    return this.#backend.control
  }

  get folder(): string {
    return this.#home.folder
  }

  get nowMs(): number {
    return Date.now() + this.#aheadMs
  }

  /** Starts the gateway, and logs it in the first time. */
  async start(): Promise<void> {
    this.#writeClock()
    const env = {
      MOLTBOT_CLOCK_FILE: this.#clockFile,
      NODE_OPTIONS: `--conditions=@moltbot/source --import ${preload}`,
    }
    const gateway = this.#home.startWith(env)
    this.#gateway = gateway
    await gateway.line({ event: 'gateway.ready' }, settleTimeoutMs)
    if (this.#botId === '') {
      const { url } = await gateway.line({ event: 'account.qr' })
      this.#botId = (await this.#backend.scanAndConfirm(String(url), 'o9Owner@im.wechat')).botId
    }
    await gateway.line({ event: 'account.state', state: 'online' }, settleTimeoutMs)
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#gateway?.kill(signal)
    await this.#gateway?.exited
    this.#gateway = undefined
  }

  /** The gateway's clock first: the next answer of the backend tells it that both agree. */
  async advance(byMs: number): Promise<void> {
    this.#aheadMs += byMs
    this.#writeClock()
    await new Promise((resolve) => setTimeout(resolve, clockMs))
    await this.control.advanceClock(byMs)
  }

  async write(from: string, text: string): Promise<void> {
    await this.control.inbound({ botId: this.#botId, from, text })
  }

  /**
   * Resolves when the gateway has done what is due now, and what is left waits for somebody or for a later time. While the
   * account pauses, turns wait, too: their answers could not be sent.
   */
  async settled(): Promise<void> {
    let quiet = 0
    const looksAreQuiet = () => {
      quiet = this.#isBusy() ? 0 : quiet + 1
      return quiet > 2 || undefined
    }
    await until(
      looksAreQuiet,
      () => `still busy: ${JSON.stringify(this.#busy())}\n${this.#gateway?.stdout().slice(-3_000)}`,
      settleTimeoutMs,
    )
  }

  /** What people have seen since the last call. */
  async shown(): Promise<ShownMessage[]> {
    const found = await this.control.sent({ botId: this.#botId, after: this.#lastSeq })
    this.#lastSeq = found.at(-1)?.seq ?? this.#lastSeq
    return found.map(({ to, items, atMs }) => ({ to, text: textOf(items), atMs }))
  }

  runs(): RunFound[] {
    return this.#read('gateway.sqlite', (db) =>
      db
        .prepare(
          'SELECT schedule_id AS scheduleId, due_ms AS dueMs, state, reason, since_ms AS sinceMs FROM schedule_run',
        )
        .all()
        .map((row) => ({
          scheduleId: String(row.scheduleId),
          dueMs: Number(row.dueMs),
          state: String(row.state),
          reason: String(row.reason),
          sinceMs: Number(row.sinceMs),
        })),
    )
  }

  schedules(): ScheduleFound[] {
    return this.#read('gateway.sqlite', (db) =>
      db
        .prepare(
          'SELECT id, person_id AS personId, created_ms AS createdMs, next_ms AS nextMs, body FROM schedule',
        )
        .all()
        .map((row) => ({
          id: String(row.id),
          personId: String(row.personId),
          createdMs: Number(row.createdMs),
          nextMs: row.nextMs === null ? null : Number(row.nextMs),
          body: String(row.body),
        })),
    )
  }

  async close(): Promise<void> {
    await this.#home.dispose()
    for (const db of this.#databases.values()) db.close()
    await Promise.all([this.#backend.close(), this.#model.close()])
  }

  #writeClock(): void {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(this.#aheadMs)
    writeFileSync(this.#clockFile, bytes)
  }

  #isBusy(): boolean {
    return Object.values(this.#busy()).some((count) => count > 0)
  }

  #busy(): Record<string, number> {
    const nowMs = this.nowMs
    const gateway = this.#read('gateway.sqlite', (db) =>
      db
        .prepare(
          `SELECT (SELECT count(*) FROM schedule WHERE next_ms <= ?1) AS due,
            (SELECT count(*) FROM schedule_run WHERE state IN ('due', 'running') AND (state = 'running' OR not_before_ms <= ?1)) AS runs`,
        )
        .get(nowMs),
    )
    const channel = this.#read('wechat/wechat.sqlite', (db) =>
      db
        .prepare(
          `WITH pause AS (SELECT coalesce((SELECT until_ms FROM rest), 0) AS until_ms)
          SELECT (SELECT count(*) FROM journal WHERE state IN ('accepted', 'dispatched')) AS turns,
            (SELECT count(*) FROM outbox WHERE state IN ('queued', 'attempted') AND not_before_ms <= ?1) AS parts
          FROM pause WHERE until_ms <= ?1`,
        )
        .get(nowMs),
    )
    return Object.fromEntries(
      Object.entries({ ...gateway, ...channel }).map(([name, count]) => [name, Number(count)]),
    )
  }

  #read<Found>(file: string, query: (db: DatabaseSync) => Found): Found {
    const known = this.#databases.get(file)
    if (known !== undefined) return query(known)
    const db = new DatabaseSync(join(this.#home.stateDir, file), { readOnly: true })
    db.exec('PRAGMA busy_timeout = 5000')
    this.#databases.set(file, db)
    return query(db)
  }
}

/** Somebody asks for what is scheduled for them: `wish <3> 1`. */
function wishIn(text: string, people: readonly Person[]): Person['wishes'][number] | undefined {
  const [, mark, number] = /wish (<\d+>) (\d+)/.exec(text) ?? []
  return people.find((person) => person.mark === mark)?.wishes[Number(number)]
}
