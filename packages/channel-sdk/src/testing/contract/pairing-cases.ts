/**
 * What a host owes a person who asks to be let in, and the account that they ask.
 */

import assert from 'node:assert/strict'
import type { PairingRequestResult } from '../../host.ts'
import type { HostContractCase } from '../host-harness.ts'
import { onStage } from './stage.ts'

const codePattern = /^[ABCDEFGHJKLMNPQRSTUVWXYZ23456789]{8}$/
const hourMs = 60 * 60_000

export const pairingCases: readonly HostContractCase[] = [
  {
    name: 'gives a pairing code of eight readable characters that ends within the hour',
    run: (harness) =>
      onStage(harness, {}, async ({ host }) => {
        const askedAtMs = Date.now()
        const result = await host().pairing.request('a', 'u1')
        assert.match(codeOf(result), codePattern)
        assert.ok(result.status === 'created')
        const lifetimeMs = result.expiresAtMs - askedAtMs
        assert.ok(
          lifetimeMs > 0 && lifetimeMs <= hourMs + (Date.now() - askedAtMs),
          `it lives ${lifetimeMs} ms`,
        )
      }),
  },
  {
    name: 'gives a sender one code at a time',
    run: (harness) =>
      onStage(harness, {}, async ({ host }) => {
        codeOf(await host().pairing.request('a', 'u1'))
        assert.deepEqual(await host().pairing.request('a', 'u1'), { status: 'pending' })
      }),
  },
  {
    name: 'gives the message that asked its code again',
    run: (harness) =>
      onStage(harness, {}, async ({ host, restart }) => {
        const first = await host().pairing.request('a', 'u1', { messageId: 'm1' })
        await restart()
        assert.deepEqual(await host().pairing.request('a', 'u1', { messageId: 'm1' }), first)
        assert.deepEqual(await host().pairing.request('a', 'u1', { messageId: 'm2' }), { status: 'pending' })
      }),
  },
  {
    name: 'keeps what holds for one login out of the next',
    run: (harness) =>
      onStage(harness, {}, async ({ host, approve }) => {
        const { pairing } = host()
        await approve(codeOf(await pairing.request('a', 'u1', { loginId: 'one' })))
        assert.equal(await pairing.isApproved('a', 'u1', 'one'), true)
        assert.equal(await pairing.isApproved('a', 'u1', 'two'), false, 'a later login inherits')
        assert.equal(await pairing.isApproved('a', 'u1'), false, 'a login that lasts inherits')
        codeOf(await pairing.request('a', 'u2', { loginId: 'one' }))
        codeOf(await pairing.request('a', 'u2', { loginId: 'two' }))
      }),
  },
  {
    name: 'holds three requests an account, whatever waits at another',
    run: (harness) =>
      onStage(harness, {}, async ({ host }) => {
        const { pairing } = host()
        const codes = new Set<string>()
        for (const sender of ['u1', 'u2', 'u3']) codes.add(codeOf(await pairing.request('a', sender)))
        assert.deepEqual(await pairing.request('a', 'u4'), { status: 'full' })
        for (const sender of ['u1', 'u2', 'u4']) codes.add(codeOf(await pairing.request('b', sender)))
        assert.equal(codes.size, 6, 'two requests share a code')
      }),
  },
  {
    name: 'approves a sender for the account that was asked and no other',
    run: (harness) =>
      onStage(harness, {}, async ({ host, approve }) => {
        const { pairing } = host()
        assert.equal(await pairing.isApproved('a', 'u1'), false)
        await approve(codeOf(await pairing.request('a', 'u1')))
        assert.equal(await pairing.isApproved('a', 'u1'), true)
        assert.equal(await pairing.isApproved('b', 'u1'), false, 'another account lets the sender in')
        assert.equal(await pairing.isApproved('a', 'u2'), false, 'another sender was let in')
        assert.equal(await pairing.isApproved('a', 'U1'), false, 'an id that differs by case was let in')
      }),
  },
  {
    name: 'remembers approvals and pending codes over a restart',
    run: (harness) =>
      onStage(harness, {}, async ({ host, approve, restart }) => {
        await approve(codeOf(await host().pairing.request('a', 'u1')))
        const code = codeOf(await host().pairing.request('a', 'u2'))
        await restart()
        assert.equal(await host().pairing.isApproved('a', 'u1'), true)
        await approve(code)
        assert.equal(await host().pairing.isApproved('a', 'u2'), true)
      }),
  },
  {
    name: 'refuses a code that was never given out',
    run: (harness) =>
      onStage(harness, {}, async ({ host, approve }) => {
        const code = codeOf(await host().pairing.request('a', 'u1'))
        const other = code.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))
        await assert.rejects(approve(other))
        assert.equal(await host().pairing.isApproved('a', 'u1'), false)
      }),
  },
  {
    name: 'refuses an expired code and gives its sender a new one',
    needs: 'clock',
    run: (harness) =>
      onStage(harness, {}, async ({ host, approve, advance }) => {
        const code = codeOf(await host().pairing.request('a', 'u1'))
        advance(hourMs + 1)
        await assert.rejects(approve(code), 'the host approved an expired code')
        assert.equal(await host().pairing.isApproved('a', 'u1'), false)
        assert.notEqual(codeOf(await host().pairing.request('a', 'u1')), code)
      }),
  },
]

function codeOf(result: PairingRequestResult): string {
  return result.status === 'created' ? result.code : assert.fail(`no code but ${result.status}`)
}
