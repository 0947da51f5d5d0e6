import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { json } from 'node:stream/consumers'
import { type Database, openDatabase } from '@moltbot/channel-sdk/sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loggerTo } from '../../test/agent-stage.ts'
import { codeOf, pairingContract } from '../../test/pairing-contract.ts'
import { scratch } from '../../test/scratch.ts'
import { gatewayMigrations, UnreadableRows } from '../gateway-database.ts'
import { codeAlphabet, newPairingCode } from './pairing-code.ts'
import { maxPendingPerAccount } from './pairing-desk.ts'
import { createPairingDesk, type PairingOptions } from './sqlite-pairing.ts'

let file: string
let open: Database[]
beforeEach(() => {
  file = join(scratch(), 'gateway.sqlite')
  open = []
})
const closeAll = () => Promise.all(open.splice(0).map((db) => db.close()))
afterEach(closeAll)

function openDesk(options: PairingOptions = {}) {
  const { db } = openDatabase(file, gatewayMigrations)
  open.push(db)
  return createPairingDesk(db, options)
}

pairingContract('SQLite', async () => ({
  open: async (options) => openDesk(options),
  close: async () => void (await closeAll()),
}))

describe('a row that cannot be read', () => {
  const endOfTime = '9223372036854775807'
  /** Changes the file as nothing of the gateway would. */
  function damage(sql: string): void {
    const db = new DatabaseSync(file)
    db.exec(sql)
    db.close()
  }

  it('is left out, counted and reported once, and the others stay', async () => {
    const lines: string[] = []
    const log = loggerTo(lines)
    const unreadable = new UnreadableRows(log)
    const desk = openDesk({ unreadable })
    for (const sender of ['u1', 'u2']) await desk.approve(codeOf(await desk.request('a', sender)))
    const codes = [codeOf(await desk.request('a', 'u3')), codeOf(await desk.request('a', 'u4'))]
    damage(`UPDATE pairing_approval SET approved_at_ms = ${endOfTime} WHERE sender_id = 'u1';
      UPDATE pairing_request SET created_at_ms = ${endOfTime} WHERE sender_id = 'u3'`)
    for (let n = 0; n < 3; n++) {
      expect(await desk.list()).toMatchObject({
        pending: [{ senderId: 'u4' }],
        approved: [{ senderId: 'u2' }],
      })
    }
    expect(await desk.isApproved('a', 'u1')).toBe(false)
    expect(await desk.isApproved('a', 'u2')).toBe(true)
    await expect(desk.approve(codes[0] ?? '')).rejects.toMatchObject({ code: 'pairing-code-unknown' })
    expect(await desk.approve(codes[1] ?? '')).toMatchObject({ senderId: 'u4' })
    expect(await desk.request('a', 'u3')).toMatchObject({ status: 'created' })
    expect([unreadable.count, lines.length]).toEqual([2, 2])
    expect(lines[0]).toContain('state.row-unreadable')
  })

  it('of a wrong code does not lock the desk', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    damage(`INSERT INTO pairing_wrong_code (at_ms) VALUES ${Array(9).fill(`(${endOfTime})`).join()}`)
    expect(await desk.approve(code)).toMatchObject({ senderId: 'u1' })
  })
})

describe('two processes on one database', () => {
  /** Runs `work`, which sees `desk`, in a process of its own; what it prints is parsed as JSON. */
  async function inChild(work: string): Promise<unknown> {
    const script = `
      import { openDatabase } from '@moltbot/channel-sdk/sqlite'
      import { gatewayMigrations } from ${JSON.stringify(new URL('../gateway-database.ts', import.meta.url))}
      import { createPairingDesk } from ${JSON.stringify(new URL('./sqlite-pairing.ts', import.meta.url))}
      const desk = createPairingDesk(openDatabase(${JSON.stringify(file)}, gatewayMigrations).db)
      ${work}`
    const args = ['--conditions=@moltbot/source', '--input-type=module', '-e', script]
    const child = spawn(process.execPath, args, {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return json(child.stdout)
  }

  it('never hold more requests than an account may', async () => {
    openDesk()
    const ask = (name: string) => `
      const results = []
      for (let n = 0; n < 5; n++) results.push((await desk.request('a', '${name}' + n)).status)
      console.log(JSON.stringify(results))`
    const results = await Promise.all([inChild(ask('left')), inChild(ask('right'))])
    expect(results.flat().filter((status) => status === 'created')).toHaveLength(maxPendingPerAccount)
    expect(results.flat()).toHaveLength(10)
  })

  it('let only one of them approve a code', async () => {
    const code = codeOf(await openDesk().request('a', 'u1'))
    const approve = `
      try { console.log(JSON.stringify((await desk.approve('${code}')).senderId)) }
      catch (error) { console.log(JSON.stringify(error.code)) }`
    const results = await Promise.all([inChild(approve), inChild(approve)])
    expect(results.toSorted()).toEqual(['pairing-code-unknown', 'u1'])
    expect(await openDesk().isApproved('a', 'u1')).toBe(true)
  })
})

describe('newPairingCode', () => {
  it('uses every character of its alphabet and no other', () => {
    const seen = new Set(Array.from({ length: 500 }, () => [...newPairingCode(randomInt)]).flat())
    expect([...seen].toSorted()).toEqual([...codeAlphabet].toSorted())
  })

  it('asks its random source for each character', () => {
    const indices = fc.array(fc.nat({ max: codeAlphabet.length - 1 }), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(indices, (draws) => {
        const rest = [...draws]
        const code = newPairingCode(() => rest.shift() ?? 0)
        expect([...code].map((character) => codeAlphabet.indexOf(character))).toEqual(draws)
      }),
    )
  })
})
