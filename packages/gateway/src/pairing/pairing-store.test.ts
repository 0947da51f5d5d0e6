import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { PairingRequestResult } from '@moltbot/channel-sdk'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayMigrations } from '../gateway-database.ts'
import { codeAlphabet, newPairingCode } from './pairing-code.ts'
import {
  codeLifetimeMs,
  createPairingDesk,
  maxPendingPerAccount,
  maxWrongCodes,
  wrongCodeWindowMs,
} from './pairing-store.ts'

let nowMs: number
let file: string
beforeEach(() => {
  nowMs = Date.UTC(2026, 0, 1)
  file = join(mkdtempSync(join(tmpdir(), 'moltbot-pairing-')), 'gateway.sqlite')
})

const openDesk = (random = (max: number) => randomInt(max)) =>
  createPairingDesk(openDatabase(file, gatewayMigrations).db, { now: () => nowMs, random })

function codeOf(result: PairingRequestResult): string {
  if (result.status !== 'created') throw new Error(`no code: ${result.status}`)
  return result.code
}

describe('a pairing request', () => {
  it('gets a code of eight characters that a person can read, valid for an hour', async () => {
    const result = await openDesk().request('a', 'u1')
    expect(result).toEqual({
      status: 'created',
      code: expect.stringMatching(/^[ABCDEFGHJKLMNPQRSTUVWXYZ23456789]{8}$/),
      expiresAtMs: nowMs + codeLifetimeMs,
    })
  })

  it('is answered once; the same sender has to wait until the code ends', async () => {
    const desk = openDesk()
    const first = codeOf(await desk.request('a', 'u1'))
    expect(await desk.request('a', 'u1')).toEqual({ status: 'pending' })
    nowMs += codeLifetimeMs
    expect(codeOf(await desk.request('a', 'u1'))).not.toBe(first)
  })

  it('gets its code again when the same message asks again, and only then', async () => {
    const ask = { messageId: 'm1' }
    const first = await openDesk().request('a', 'u1', ask)
    const desk = openDesk()
    expect(await desk.request('a', 'u1', ask)).toEqual(first)
    expect(await desk.request('a', 'u1', { messageId: 'm2' })).toEqual({ status: 'pending' })
    expect(desk.list().pending).toHaveLength(1)
  })

  it('is refused when the account has as many as it may, without touching another account', async () => {
    const desk = openDesk()
    for (let n = 0; n < maxPendingPerAccount; n++) codeOf(await desk.request('a', `u${n}`))
    expect(await desk.request('a', 'one-more')).toEqual({ status: 'full' })
    expect(await desk.request('b', 'one-more')).toMatchObject({ status: 'created' })
  })

  it('never gets a code that is in use, and gives up on a broken random source', async () => {
    const draws = [...Array(16).fill(0), ...Array(8).fill(1)]
    const desk = openDesk(() => draws.shift() ?? 0)
    expect(codeOf(await desk.request('a', 'u1'))).toBe('AAAAAAAA')
    expect(codeOf(await desk.request('b', 'u2'))).toBe('BBBBBBBB')
    await expect(desk.request('a', 'u3')).rejects.toMatchObject({ code: 'pairing-no-code' })
  })
})

describe('the operator', () => {
  it('approves a sender for the account that was asked, for good', async () => {
    const code = codeOf(await openDesk().request('a', 'u1'))
    expect(openDesk().approve(code)).toEqual({ accountId: 'a', senderId: 'u1', approvedAtMs: nowMs })
    nowMs += 365 * 24 * codeLifetimeMs
    const desk = openDesk()
    expect(await desk.isApproved('a', 'u1')).toBe(true)
    expect(await desk.isApproved('b', 'u1')).toBe(false)
    expect(await desk.isApproved('a', 'U1')).toBe(false)
  })

  it('may type a code in lower case, with spaces around it', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    expect(desk.approve(`  ${code.toLowerCase()}\n`)).toMatchObject({ senderId: 'u1' })
  })

  it('can use a code only once', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    desk.approve(code)
    expect(() => desk.approve(code)).toThrow(expect.objectContaining({ code: 'pairing-code-unknown' }))
  })

  it('does not find a code under another account', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    expect(() => desk.approve(code, 'b')).toThrow(expect.objectContaining({ code: 'pairing-code-unknown' }))
    expect(await desk.isApproved('b', 'u1')).toBe(false)
    expect(desk.approve(code, 'a')).toMatchObject({ senderId: 'u1' })
  })

  it('is told that a code has expired', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    nowMs += codeLifetimeMs
    expect(() => desk.approve(code)).toThrow(expect.objectContaining({ code: 'pairing-expired' }))
    expect(await desk.isApproved('a', 'u1')).toBe(false)
    expect(desk.list().pending).toEqual([])
  })

  it('rejects a request, whose place is free at once', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    expect(desk.reject(code)).toMatchObject({ accountId: 'a', senderId: 'u1' })
    expect(await desk.isApproved('a', 'u1')).toBe(false)
    expect(await desk.request('a', 'u1')).toMatchObject({ status: 'created' })
  })

  it('takes an approval back, and is told when there is none', async () => {
    const desk = openDesk()
    desk.approve(codeOf(await desk.request('a', 'u1')))
    desk.revoke('u1', 'a')
    expect(await desk.isApproved('a', 'u1')).toBe(false)
    expect(() => desk.revoke('u1', 'a')).toThrow(expect.objectContaining({ code: 'pairing-not-approved' }))
  })

  it('sees what is pending and approved, of one account or of all', async () => {
    const desk = openDesk()
    desk.approve(codeOf(await desk.request('a', 'u1')))
    const code = codeOf(await desk.request('b', 'u2'))
    expect(desk.list()).toMatchObject({
      pending: [{ accountId: 'b', senderId: 'u2', code }],
      approved: [{ accountId: 'a', senderId: 'u1' }],
    })
    expect(desk.list('a').pending).toEqual([])
    expect(desk.list('b').approved).toEqual([])
  })
})

describe('where ids hold for one login only', () => {
  const first = { loginId: 'self-1' }
  const second = { loginId: 'self-2' }

  it('an approval counts for its login, not for a sender who bears the same id after the next one', async () => {
    const desk = openDesk()
    desk.approve(codeOf(await desk.request('a', 'u1', first)))
    expect(await desk.isApproved('a', 'u1', 'self-1')).toBe(true)
    expect(await desk.isApproved('a', 'u1', 'self-2')).toBe(false)
    expect(await desk.isApproved('a', 'u1')).toBe(false)
    expect(await desk.request('a', 'u1', second)).toMatchObject({ status: 'created' })
  })

  it('requests of an earlier login take no place, and their codes are gone', async () => {
    const desk = openDesk()
    const codes = []
    for (let n = 0; n < maxPendingPerAccount; n++) codes.push(codeOf(await desk.request('a', `u${n}`, first)))
    expect(await desk.request('a', 'u0', second)).toMatchObject({ status: 'created' })
    expect(desk.list('a').pending).toHaveLength(1)
    for (const code of codes)
      expect(() => desk.approve(code)).toThrow(expect.objectContaining({ code: 'pairing-code-unknown' }))
  })

  it('a new login forgets nothing of another account, nor what was approved where ids last', async () => {
    const desk = openDesk()
    desk.approve(codeOf(await desk.request('a', 'lasting')))
    desk.approve(codeOf(await desk.request('b', 'u1', first)))
    await desk.request('a', 'u2', second)
    expect(await desk.isApproved('a', 'lasting')).toBe(true)
    expect(await desk.isApproved('b', 'u1', 'self-1')).toBe(true)
  })
})

describe('wrong codes', () => {
  const guess = (desk: ReturnType<typeof openDesk>, times: number, accountId?: string) => {
    for (let n = 0; n < times; n++)
      expect(() => desk.approve('WRONG', accountId)).toThrow(
        expect.objectContaining({ code: 'pairing-code-unknown' }),
      )
  }
  const locked = expect.objectContaining({ code: 'pairing-locked' })

  it('for one account close the desk for it alone', async () => {
    const desk = openDesk()
    const [code, other] = [codeOf(await desk.request('a', 'u1')), codeOf(await desk.request('b', 'u2'))]
    guess(desk, maxWrongCodes, 'a')
    expect(() => desk.approve(code, 'a')).toThrow(locked)
    expect(desk.approve(other, 'b')).toMatchObject({ senderId: 'u2' })
    expect(desk.approve(code)).toMatchObject({ senderId: 'u1' })
  })

  it('for no account close it for those that name none', async () => {
    const desk = openDesk()
    const code = codeOf(await desk.request('a', 'u1'))
    guess(desk, maxWrongCodes)
    expect(() => desk.approve(code)).toThrow(locked)
    expect(desk.approve(code, 'a')).toMatchObject({ senderId: 'u1' })
  })

  it('close the desk, also over a restart and for right codes, and say for how long', async () => {
    const code = codeOf(await openDesk().request('a', 'u1'))
    guess(openDesk(), 1)
    nowMs += 60_000
    guess(openDesk(), maxWrongCodes - 1)
    expect(() => openDesk().approve(code)).toThrow(
      expect.objectContaining({ code: 'pairing-locked', waitMs: wrongCodeWindowMs - 60_000 }),
    )
    nowMs += wrongCodeWindowMs - 60_000
    expect(openDesk().approve(code)).toMatchObject({ senderId: 'u1' })
  })

  it('keep nobody from asking for a code, or from being approved already', async () => {
    const desk = openDesk()
    desk.approve(codeOf(await desk.request('a', 'u1')))
    guess(desk, maxWrongCodes)
    expect(await desk.isApproved('a', 'u1')).toBe(true)
    expect(await desk.request('a', 'u2')).toMatchObject({ status: 'created' })
  })
})

describe('two processes on one database', () => {
  /** Runs `work`, which sees `desk`, in a process of its own; what it prints is parsed as JSON. */
  async function inChild(work: string): Promise<unknown> {
    const script = `
      import { openDatabase } from '@moltbot/channel-sdk/sqlite'
      import { gatewayMigrations } from ${JSON.stringify(new URL('../gateway-database.ts', import.meta.url))}
      import { createPairingDesk } from ${JSON.stringify(new URL('./pairing-store.ts', import.meta.url))}
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
    nowMs = Date.now()
    const code = codeOf(await openDesk().request('a', 'u1'))
    const approve = `
      try { console.log(JSON.stringify(desk.approve('${code}').senderId)) }
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
