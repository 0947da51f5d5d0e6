/**
 * Sessions, pairing and kept files of the gateway in PostgreSQL: their contracts, and what several gateways do at once.
 */

import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { postgresNote, withoutPostgres } from '../../../../test/support/postgres.ts'
import { loggerTo } from '../../test/agent-stage.ts'
import { codeOf, pairingContract } from '../../test/pairing-contract.ts'
import { type PostgresStage, postgresStage } from '../../test/postgres-stage.ts'
import { pushStoreContract } from '../../test/push-store-contract.ts'
import { scheduleStoreContract } from '../../test/schedule-store-contract.ts'
import { scratch } from '../../test/scratch.ts'
import { sessionStoreContract, sessionTurn } from '../../test/session-store-contract.ts'
import { tokenStoreContract } from '../../test/token-store-contract.ts'
import type { FileContent } from '../files/file-content.ts'
import { maxFilesPerSession } from '../files/kept-files.ts'
import { postgresKeptFiles } from '../files/postgres-kept-files.ts'
import { maxPendingPerAccount } from '../pairing/pairing-desk.ts'
import { postgresPairing } from '../pairing/postgres-pairing.ts'
import { postgresPushes } from '../push/postgres-pushes.ts'
import { postgresTokens } from '../push/postgres-tokens.ts'
import { postgresSchedules } from '../schedules/postgres-schedules.ts'
import { postgresSessions } from '../sessions/postgres-sessions.ts'
import { turnsPerSession } from '../sessions/session-store.ts'
import type { PostgresDatabase } from './database.ts'
import { postgresStores } from './gateway-stores.ts'

let stage: PostgresStage

const unsaved = (error: unknown) => {
  throw error
}

describe.skipIf(withoutPostgres)(`the gateway in PostgreSQL${postgresNote}`, () => {
  sessionStoreContract('PostgreSQL', async () => {
    const opened = await postgresStage()
    return { open: async () => postgresSessions(opened.connect(), unsaved), close: opened.close }
  })

  pairingContract('PostgreSQL', async () => {
    const opened = await postgresStage()
    return { open: async (options) => postgresPairing(opened.connect(), options), close: opened.close }
  })

  scheduleStoreContract('PostgreSQL', async () => {
    const opened = await postgresStage()
    return { open: async () => postgresSchedules(opened.connect()), close: opened.close }
  })

  tokenStoreContract('PostgreSQL', async () => {
    const opened = await postgresStage()
    return { open: async () => postgresTokens(opened.connect()), close: opened.close }
  })

  pushStoreContract('PostgreSQL', async () => {
    const opened = await postgresStage()
    return { open: async () => postgresPushes(opened.connect()), close: opened.close }
  })

  describe('several gateways', () => {
    beforeEach(async () => {
      stage = await postgresStage()
    })
    afterEach(() => stage.close())

    it('never hold more requests than an account may', async () => {
      const desks = [postgresPairing(stage.connect()), postgresPairing(stage.connect())]
      const asked = Array.from({ length: 10 }, (_, n) => desks[n % 2]?.request('a', `u${n}`))
      const results = (await Promise.all(asked)).map((result) => result?.status)
      expect(results.filter((status) => status === 'created')).toHaveLength(maxPendingPerAccount)
      expect(results.filter((status) => status === 'full')).toHaveLength(10 - maxPendingPerAccount)
    })

    it('let only one of them approve a code', async () => {
      const desks = [postgresPairing(stage.connect()), postgresPairing(stage.connect())]
      const code = codeOf((await desks[0]?.request('a', 'u1')) ?? { status: 'full' })
      const results = await Promise.allSettled(desks.map((desk) => desk.approve(code)))
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect(await desks[1]?.isApproved('a', 'u1')).toBe(true)
    })
  })

  describe('who is approved', () => {
    beforeEach(async () => {
      stage = await postgresStage()
    })
    afterEach(() => stage.close())

    /** Asks until the answer needs no question to the database any more. */
    const remembered = (db: PostgresDatabase, ask: () => Promise<boolean>) =>
      vi.waitFor(async () => {
        const before = db.roundTrips
        const isApproved = await ask()
        expect(db.roundTrips).toBe(before)
        return isApproved
      })

    it('is remembered, and forgotten as soon as another gateway or a person at the database changes it', async () => {
      const db = stage.connect()
      const [here, elsewhere] = [postgresPairing(db), postgresPairing(stage.connect())]
      const ask = () => here.isApproved('a', 'u1')
      expect(await remembered(db, ask)).toBe(false)
      await elsewhere.approve(codeOf(await elsewhere.request('a', 'u1')))
      await vi.waitFor(async () => expect(await ask()).toBe(true))
      expect(await remembered(db, ask)).toBe(true)
      await elsewhere.revoke('u1', 'a')
      await vi.waitFor(async () => expect(await ask()).toBe(false))
      await here.admit('a', ['u1'])
      expect(await ask()).toBe(true)
      expect(await remembered(db, ask)).toBe(true)
      await stage.connect().query('DELETE FROM moltbot.pairing_approval')
      await vi.waitFor(async () => expect(await ask()).toBe(false))
    })

    it('is not remembered while notifications cannot arrive, and a revocation here holds at once', async () => {
      const db = stage.connect()
      const desk = postgresPairing(db)
      await desk.admit('a', ['u1'])
      const ask = () => desk.isApproved('a', 'u1')
      expect(await remembered(db, ask)).toBe(true)
      await desk.revoke('u1', 'a')
      expect(await ask()).toBe(false)
      await desk.admit('a', ['u1'])
      await remembered(db, ask)
      const other = stage.connect()
      await other.query(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND (query LIKE 'LISTEN %' OR query = 'SELECT 1')`)
      // It is asked for again, by a new connection or because there is none.
      await vi.waitFor(async () => {
        const before = db.roundTrips
        await ask()
        expect(db.roundTrips).toBeGreaterThan(before)
      })
      expect(await remembered(db, ask)).toBe(true)
    })
  })

  it('prunes a session that is past its cap', async () => {
    stage = await postgresStage()
    const db = stage.connect()
    const store = postgresSessions(db, unsaved)
    await db.query(
      `INSERT INTO moltbot.session_turn (session_key, turn_id, user_text, assistant_text, at_ms)
       SELECT 'a', 't' || i, 'x', 'y', 1 FROM generate_series(1, $1::int) AS i`,
      [turnsPerSession + 150],
    )
    for (const id of ['1', '2', '3']) await store.saveTurn('a', sessionTurn(id))
    await store.history('a', { userTurns: 1 })
    expect(await db.query('SELECT count(*) AS n FROM moltbot.session_turn')).toEqual([{ n: turnsPerSession }])
    await stage.close()
  })

  describe('kept files', () => {
    let nowMs: number
    const limits = { turns: 2, bytes: 100, days: 7 }
    const open = () =>
      postgresKeptFiles({ db: stage.connect(), log: loggerTo([]), now: () => nowMs, limits: () => limits })
    let kept: ReturnType<typeof open>
    beforeEach(async () => {
      nowMs = 1_000_000_000_000
      stage = await postgresStage()
      kept = open()
    })
    afterEach(async () => {
      kept.close()
      await stage.close()
    })

    const place = (turnId: string, sessionKey = 's') => ({ sessionKey, turnId })
    const text = (words: string): FileContent => ({ kind: 'text', text: words, cut: false })
    const image = (size: number): FileContent => ({
      kind: 'image',
      bytes: new Uint8Array(size),
      mediaType: 'image/png',
    })
    const file = (name: string, content: FileContent) => ({
      facts: { kind: 'file', name, mimeType: 'text/plain', sizeBytes: 3 } as const,
      content,
    })
    const keep = (turnId: string, ...files: ReturnType<typeof file>[]) =>
      kept.keep(place(turnId), files, () => false)
    const namesAt = async (turnId: string, isNew = true) =>
      (await kept.earlier(place(turnId), isNew)).map(({ name }) => name)

    it('are read by another gateway as the model was shown them', async () => {
      await keep(
        '1',
        file('a', text('words\0')),
        file('b', image(9)),
        file('c', { kind: 'named', why: 'no' }),
      )
      const other = open()
      const files = await other.earlier(place('2'), true)
      other.close()
      expect(files).toMatchObject([
        { kind: 'file', name: 'a', mimeType: 'text/plain', sizeBytes: 3, atMs: nowMs, shownAs: 'text' },
        { name: 'b', shownAs: 'image' },
        { name: 'c', shownAs: 'named' },
      ])
      expect(await Promise.all(files.map((one) => one.read()))).toMatchObject([
        text('words\0'),
        { kind: 'image', mediaType: 'image/png', bytes: Buffer.alloc(9) },
        { kind: 'named', why: 'no' },
      ])
    })

    it('are not there for the turn itself, are replaced when it runs again, and end with their session', async () => {
      await keep('1', file('a', text('one')))
      expect(await namesAt('1')).toEqual([])
      await keep('1', file('b', text('two')))
      expect(await namesAt('2')).toEqual(['b'])
      await kept.forget('s')
      expect(await namesAt('2')).toEqual([])
    })

    it('are removed after so many turns or days; a turn that runs again does not count', async () => {
      await keep('1', file('a', text('one')))
      expect(await namesAt('2')).toEqual(['a'])
      expect(await namesAt('2', false)).toEqual(['a'])
      expect(await namesAt('3')).toEqual(['a'])
      expect(await namesAt('4')).toEqual([])
      await keep('4', file('b', text('two')))
      nowMs += 8 * 86_400_000
      expect(await namesAt('5')).toEqual([])
    })

    it('leave out the oldest beyond the room of a session, and one that is too large by itself', async () => {
      await keep('1', file('a', image(60)))
      await keep('2', file('b', image(60)), file('c', image(101)))
      const files = await kept.earlier(place('3'), true)
      expect(files.map(({ name, shownAs }) => [name, shownAs])).toEqual([
        ['b', 'image'],
        ['c', 'named'],
      ])
      await keep('4', ...Array.from({ length: 30 }, (_, n) => file(`f${n}`, text('x'))))
      expect(await namesAt('5')).toHaveLength(maxFilesPerSession)
    })

    it('are not stored for a session that was reset meanwhile', async () => {
      await kept.keep(place('1'), [file('a', text('one'))], () => true)
      expect(await namesAt('2')).toEqual([])
    })
  })
})

it('a shared folder that is not there is refused before anything is stored elsewhere', async () => {
  const settings = { url: 'postgres://127.0.0.1:9/none', filesDir: join(scratch(), 'not-mounted') }
  await expect(postgresStores(settings, loggerTo([]))).rejects.toMatchObject({ code: 'state-files-missing' })
})
