/**
 * What every pairing desk does, whatever stores it: run it with `pairingContract('SQLite', …)` in a test of the store.
 */

import { randomInt } from 'node:crypto'
import type { PairingRequestResult } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RandomInt } from '../src/pairing/pairing-code.ts'
import {
  codeLifetimeMs,
  maxNameLength,
  maxPendingPerAccount,
  maxTextLength,
  maxWrongCodes,
  type PairingDesk,
  wrongCodeWindowMs,
} from '../src/pairing/pairing-desk.ts'

export interface PairingStage {
  /** A desk on the data of this stage; further ones share them, as after a restart. */
  open(options: { readonly now: () => number; readonly random: RandomInt }): Promise<PairingDesk>
  /** Closes every desk and deletes the data. */
  close(): Promise<void>
}

export function pairingContract(store: string, openStage: () => Promise<PairingStage>): void {
  describe(`pairing in ${store}`, () => contract(openStage))
}

export function codeOf(result: PairingRequestResult): string {
  if (result.status !== 'created') throw new Error(`no code: ${result.status}`)
  return result.code
}

function contract(openStage: () => Promise<PairingStage>): void {
  let stage: PairingStage
  let nowMs: number
  beforeEach(async () => {
    nowMs = Date.UTC(2026, 0, 1)
    stage = await openStage()
  })
  afterEach(() => stage.close())

  const openDesk = (random: RandomInt = (max) => randomInt(max)) => stage.open({ now: () => nowMs, random })

  describe('a pairing request', () => {
    it('gets a code of eight characters that a person can read, valid for an hour', async () => {
      const result = await (await openDesk()).request('a', 'u1')
      expect(result).toEqual({
        status: 'created',
        code: expect.stringMatching(/^[ABCDEFGHJKLMNPQRSTUVWXYZ23456789]{8}$/),
        expiresAtMs: nowMs + codeLifetimeMs,
      })
    })

    it('is answered once; the same sender has to wait until the code ends', async () => {
      const desk = await openDesk()
      const first = codeOf(await desk.request('a', 'u1'))
      expect(await desk.request('a', 'u1')).toEqual({ status: 'pending' })
      nowMs += codeLifetimeMs
      expect(codeOf(await desk.request('a', 'u1'))).not.toBe(first)
    })

    it('gets its code again when the same message asks again, and only then', async () => {
      const ask = { messageId: 'm1' }
      const first = await (await openDesk()).request('a', 'u1', ask)
      const desk = await openDesk()
      expect(await desk.request('a', 'u1', ask)).toEqual(first)
      expect(await desk.request('a', 'u1', { messageId: 'm2' })).toEqual({ status: 'pending' })
      expect((await desk.list()).pending).toHaveLength(1)
    })

    it('is refused when the account has as many as it may, without touching another account', async () => {
      const desk = await openDesk()
      for (let n = 0; n < maxPendingPerAccount; n++) codeOf(await desk.request('a', `u${n}`))
      expect(await desk.request('a', 'one-more')).toEqual({ status: 'full' })
      expect(await desk.request('b', 'one-more')).toMatchObject({ status: 'created' })
    })

    it('never gets a code that is in use, and gives up on a broken random source', async () => {
      const draws = [...Array(16).fill(0), ...Array(8).fill(1)]
      const desk = await openDesk(() => draws.shift() ?? 0)
      expect(codeOf(await desk.request('a', 'u1'))).toBe('AAAAAAAA')
      expect(codeOf(await desk.request('b', 'u2'))).toBe('BBBBBBBB')
      await expect(desk.request('a', 'u3')).rejects.toMatchObject({ code: 'pairing-no-code' })
    })
  })

  describe('the operator', () => {
    it('approves a sender for the account that was asked, for good', async () => {
      const code = codeOf(await (await openDesk()).request('a', 'u1'))
      expect(await (await openDesk()).approve(code)).toEqual({
        accountId: 'a',
        senderId: 'u1',
        approvedAtMs: nowMs,
      })
      nowMs += 365 * 24 * codeLifetimeMs
      const desk = await openDesk()
      expect(await desk.isApproved('a', 'u1')).toBe(true)
      expect(await desk.isApproved('b', 'u1')).toBe(false)
      expect(await desk.isApproved('a', 'U1')).toBe(false)
    })

    it('may type a code in lower case, with spaces around it', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1'))
      expect(await desk.approve(`  ${code.toLowerCase()}\n`)).toMatchObject({ senderId: 'u1' })
    })

    it('can use a code only once', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1'))
      await desk.approve(code)
      await expect(desk.approve(code)).rejects.toMatchObject({ code: 'pairing-code-unknown' })
    })

    it('does not find a code under another account', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1'))
      await expect(desk.approve(code, 'b')).rejects.toMatchObject({ code: 'pairing-code-unknown' })
      expect(await desk.isApproved('b', 'u1')).toBe(false)
      expect(await desk.approve(code, 'a')).toMatchObject({ senderId: 'u1' })
    })

    it('refuses an expired code', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1'))
      nowMs += codeLifetimeMs
      await expect(desk.approve(code)).rejects.toMatchObject({ code: 'pairing-expired' })
      expect(await desk.isApproved('a', 'u1')).toBe(false)
      expect((await desk.list()).pending).toEqual([])
    })

    it('rejects a request, whose place is free at once', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1'))
      expect(await desk.reject(code)).toMatchObject({ accountId: 'a', senderId: 'u1' })
      expect(await desk.isApproved('a', 'u1')).toBe(false)
      expect(await desk.request('a', 'u1')).toMatchObject({ status: 'created' })
    })

    it('takes an approval back, and fails when there is none', async () => {
      const desk = await openDesk()
      await desk.approve(codeOf(await desk.request('a', 'u1')))
      await desk.revoke('u1', 'a')
      expect(await desk.isApproved('a', 'u1')).toBe(false)
      await expect(desk.revoke('u1', 'a')).rejects.toMatchObject({ code: 'pairing-not-approved' })
    })

    it('sees what is pending and approved, of one account or of all', async () => {
      const desk = await openDesk()
      await desk.approve(codeOf(await desk.request('a', 'u1')))
      const code = codeOf(await desk.request('b', 'u2'))
      expect(await desk.list()).toMatchObject({
        pending: [{ accountId: 'b', senderId: 'u2', code }],
        approved: [{ accountId: 'a', senderId: 'u1' }],
      })
      expect((await desk.list('a')).pending).toEqual([])
      expect((await desk.list('b')).approved).toEqual([])
    })
  })

  describe('name and first words of who asks', () => {
    const preview = { name: '小明', text: '你好，我是三班的小明' }
    const shown = async (desk: PairingDesk) => (await desk.list()).pending[0]

    it('are those of the message that asked, until the operator decides', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1', { messageId: 'm1', preview }))
      await desk.request('a', 'u1', { messageId: 'm2', preview: { name: 'x', text: 'later' } })
      expect(await shown(await openDesk())).toMatchObject({ senderName: '小明', text: preview.text })
      await desk.reject(code)
      await desk.request('a', 'u1')
      expect(await shown(desk)).toMatchObject({ senderName: '', text: '' })
    })

    it.each([
      ['a terminal escape', 'a\u001b[2Jb', 'a [2Jb'],
      ['lines', ' a\r\n\n\tb\u2028c ', 'a b c'],
      ['a mark that turns the direction', 'a\u202egnp.exe', 'a gnp.exe'],
      ['half a character', 'a\ud83d', 'a\ufffd'],
      ['nothing', '', ''],
    ])('are one line that is safe to print: %s', async (_, text, line) => {
      const desk = await openDesk()
      await desk.request('a', 'u1', { preview: { name: text, text } })
      expect(await shown(desk)).toMatchObject({ senderName: line, text: line })
    })

    it('are short, whatever was written', async () => {
      const desk = await openDesk()
      const text = '😀'.repeat(1_000_000)
      await desk.request('a', 'u1', { preview: { name: text, text } })
      const { senderName = '', text: words = '' } = (await shown(desk)) ?? {}
      expect([senderName.length <= maxNameLength, words.length <= maxTextLength]).toEqual([true, true])
      expect(words).toMatch(/^(?:😀){17}…$/u)
    })

    it('are deleted when the code expires, and not before', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1', { preview }))
      nowMs += codeLifetimeMs - 1
      await desk.forgetExpiredPreviews()
      expect(await shown(desk)).toMatchObject({ text: preview.text })
      nowMs += 1
      await desk.forgetExpiredPreviews()
      nowMs -= 1
      expect(await shown(desk)).toMatchObject({ code, senderName: '', text: '' })
    })
  })

  it('lets people in who were approved elsewhere, and changes no approval that is there', async () => {
    const desk = await openDesk()
    const earlier = await desk.approve(codeOf(await desk.request('a', 'u1')))
    nowMs += 1_000
    await desk.admit('a', ['u1', 'u2'])
    expect((await desk.list('a')).approved).toEqual([
      earlier,
      { accountId: 'a', senderId: 'u2', approvedAtMs: nowMs },
    ])
    expect(await desk.isApproved('b', 'u2')).toBe(false)
  })

  describe('where ids hold for one login only', () => {
    const first = { loginId: 'self-1' }
    const second = { loginId: 'self-2' }

    it('an approval counts for its login, not for a sender who bears the same id after the next one', async () => {
      const desk = await openDesk()
      await desk.approve(codeOf(await desk.request('a', 'u1', first)))
      expect(await desk.isApproved('a', 'u1', 'self-1')).toBe(true)
      expect(await desk.isApproved('a', 'u1', 'self-2')).toBe(false)
      expect(await desk.isApproved('a', 'u1')).toBe(false)
      expect(await desk.request('a', 'u1', second)).toMatchObject({ status: 'created' })
    })

    it('requests of an earlier login take no place, and their codes are gone', async () => {
      const desk = await openDesk()
      const codes = []
      for (let n = 0; n < maxPendingPerAccount; n++)
        codes.push(codeOf(await desk.request('a', `u${n}`, first)))
      expect(await desk.request('a', 'u0', second)).toMatchObject({ status: 'created' })
      expect((await desk.list('a')).pending).toHaveLength(1)
      for (const code of codes)
        await expect(desk.approve(code)).rejects.toMatchObject({ code: 'pairing-code-unknown' })
    })

    it('a new login forgets nothing of another account, nor what was approved where ids last', async () => {
      const desk = await openDesk()
      await desk.approve(codeOf(await desk.request('a', 'lasting')))
      await desk.approve(codeOf(await desk.request('b', 'u1', first)))
      await desk.request('a', 'u2', second)
      expect(await desk.isApproved('a', 'lasting')).toBe(true)
      expect(await desk.isApproved('b', 'u1', 'self-1')).toBe(true)
    })
  })

  describe('wrong codes', () => {
    const guess = async (desk: PairingDesk, times: number, accountId?: string) => {
      for (let n = 0; n < times; n++)
        await expect(desk.approve('WRONG', accountId)).rejects.toMatchObject({ code: 'pairing-code-unknown' })
    }
    const locked = { code: 'pairing-locked' }

    it('for one account close the desk for it alone', async () => {
      const desk = await openDesk()
      const [code, other] = [codeOf(await desk.request('a', 'u1')), codeOf(await desk.request('b', 'u2'))]
      await guess(desk, maxWrongCodes, 'a')
      await expect(desk.approve(code, 'a')).rejects.toMatchObject(locked)
      expect(await desk.approve(other, 'b')).toMatchObject({ senderId: 'u2' })
      expect(await desk.approve(code)).toMatchObject({ senderId: 'u1' })
    })

    it('for no account close it for those that name none', async () => {
      const desk = await openDesk()
      const code = codeOf(await desk.request('a', 'u1'))
      await guess(desk, maxWrongCodes)
      await expect(desk.approve(code)).rejects.toMatchObject(locked)
      expect(await desk.approve(code, 'a')).toMatchObject({ senderId: 'u1' })
    })

    it('close the desk, also over a restart and for right codes, and say for how long', async () => {
      const code = codeOf(await (await openDesk()).request('a', 'u1'))
      await guess(await openDesk(), 1)
      nowMs += 60_000
      await guess(await openDesk(), maxWrongCodes - 1)
      await expect((await openDesk()).approve(code)).rejects.toMatchObject({
        code: 'pairing-locked',
        waitMs: wrongCodeWindowMs - 60_000,
      })
      nowMs += wrongCodeWindowMs - 60_000
      expect(await (await openDesk()).approve(code)).toMatchObject({ senderId: 'u1' })
    })

    it('keep no person from asking for a code, or from being approved already', async () => {
      const desk = await openDesk()
      await desk.approve(codeOf(await desk.request('a', 'u1')))
      await guess(desk, maxWrongCodes)
      expect(await desk.isApproved('a', 'u1')).toBe(true)
      expect(await desk.request('a', 'u2')).toMatchObject({ status: 'created' })
    })
  })

  describe('desks on the same data', () => {
    it('never hold more requests than an account may', async () => {
      const desks = await Promise.all([openDesk(), openDesk()])
      const asked = Array.from({ length: 10 }, (_, n) => desks[n % 2]?.request('a', `u${n}`))
      const statuses = (await Promise.all(asked)).map((one) => one?.status)
      expect(statuses.filter((status) => status === 'created')).toHaveLength(maxPendingPerAccount)
    })

    it('let only one of them approve a code', async () => {
      const desks = await Promise.all([openDesk(), openDesk()])
      const code = codeOf(await (await openDesk()).request('a', 'u1'))
      const outcomes = await Promise.allSettled(desks.map((desk) => desk.approve(code)))
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    })
  })
}
