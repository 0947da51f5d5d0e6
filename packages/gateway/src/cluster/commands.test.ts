import { MoltbotError } from '@moltbot/channel-sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { emptyDatabase, postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { quiet } from '../../test/cluster-stage.ts'
import { PostgresDatabase } from '../postgres/database.ts'
import { Commands } from './commands.ts'
import { Members } from './members.ts'
import { clusterMigrations, clusterSchema } from './migrations.ts'

const [one, two] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002']

describe.skipIf(withoutPostgres)(`Commands between gateways${postgresNote}`, () => {
  let db: PostgresDatabase
  let members: Members
  const facts = { weight: 1, configHash: 'same' }

  beforeAll(async () => {
    db = new PostgresDatabase({ url: await emptyDatabase() })
    await db.migrate(clusterSchema, clusterMigrations)
    members = new Members(db)
  })
  beforeEach(async () => {
    await db.query('TRUNCATE cluster.member, cluster.hold, cluster.command')
    await members.join(one, 'one', '1', facts)
    await members.join(two, 'two', '1', facts)
  })
  afterAll(() => db.close())

  const commandsOf = (id: string, run: (request: unknown) => Promise<unknown> = async () => undefined) =>
    new Commands({ db, members, id: () => id, run, log: quiet })

  /** Looks on both sides until the command is done, as notifications make them do. */
  async function asked(asking: Commands, answering: Commands, request: unknown): Promise<unknown> {
    let isDone = false
    const done = asking.ask(two, request).finally(() => {
      isDone = true
    })
    done.catch(() => undefined)
    while (!isDone) {
      await answering.look()
      await asking.look()
    }
    return done
  }

  test('run once at the other gateway, and bring its answer back', async () => {
    const run = vi.fn(async (request: unknown) => ({ got: request }))
    const answer = await asked(commandsOf(one), commandsOf(two, run), { text: 'a\0b 你好' })
    expect(answer).toEqual({ got: { text: 'a\0b 你好' } })
    expect(run).toHaveBeenCalledOnce()
    expect(await db.query('SELECT FROM cluster.command')).toEqual([])
  })

  test('fail here as they failed there', async () => {
    const run = async () => {
      throw new MoltbotError('not-sent', 'the window is closed', { retryable: true, certain: false })
    }
    await expect(asked(commandsOf(one), commandsOf(two, run), {})).rejects.toMatchObject({
      code: 'not-sent',
      message: 'the window is closed',
      retryable: true,
      certain: false,
    })
  })

  test('are seen by no third gateway', async () => {
    const run = vi.fn(async () => undefined)
    void commandsOf(one)
      .ask(two, {})
      .catch(() => undefined)
    await vi.waitFor(async () => expect(await db.query('SELECT FROM cluster.command')).toHaveLength(1))
    await commandsOf(one, run).look()
    expect(run).not.toHaveBeenCalled()
  })

  test('end when the other gateway is gone, with what is known of them', async () => {
    const asking = commandsOf(one)
    const failed = asking.ask(two, {})
    failed.catch(() => undefined)
    await vi.waitFor(async () => expect(await db.query('SELECT FROM cluster.command')).toHaveLength(1))
    await members.leave(two)
    asking.prune(new Set([one]))
    await expect(failed).rejects.toMatchObject({ code: 'gateway-silent', certain: false })
    await expect(asking.ask(two, {})).rejects.toMatchObject({ code: 'gateway-silent', certain: true })
  })
})
