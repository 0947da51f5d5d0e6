/**
 * Class 4: pairing abuse. Caps are an account's own, guessing ends, and only the operator approves.
 */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@moltbot/channel-sdk/sqlite'
import { beforeEach, describe, expect, it } from 'vitest'
import { decide } from '../../extensions/wechat/src/policy/decide.ts'
import { accountOf, directMessage } from '../../extensions/wechat/test/policy.ts'
import { createControlApp } from '../../packages/gateway/src/control/app.ts'
import type { ControlTarget } from '../../packages/gateway/src/control/target.ts'
import { gatewayMigrations } from '../../packages/gateway/src/gateway-database.ts'
import {
  maxPendingPerAccount,
  maxWrongCodes,
  type PairingDesk,
} from '../../packages/gateway/src/pairing/pairing-desk.ts'
import { createPairingDesk } from '../../packages/gateway/src/pairing/sqlite-pairing.ts'

let desk: PairingDesk
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'moltbot-pairing-'))
  desk = createPairingDesk(openDatabase(join(folder, 'gateway.sqlite'), gatewayMigrations).db)
})

async function codeOf(accountId: string, senderId: string): Promise<string> {
  const request = await desk.request(accountId, senderId)
  if (request.status !== 'created') throw new Error(`no code: ${request.status}`)
  return request.code
}

describe('a flood of strangers', () => {
  it('fills the places of its own account and of no other', async () => {
    for (let index = 0; index < maxPendingPerAccount; index++) await codeOf('flooded', `o9Bot${index}`)
    expect(await desk.request('flooded', 'o9Late')).toEqual({ status: 'full' })
    expect(await desk.request('quiet', 'o9Late')).toMatchObject({ status: 'created' })
  })

  it('gets one code each, however often a person writes', async () => {
    await codeOf('a', 'o9Bot')
    expect(await desk.request('a', 'o9Bot')).toEqual({ status: 'pending' })
    expect((await desk.list('a')).pending).toHaveLength(1)
  })
})

describe('an approval', () => {
  it('counts for the account whose code it was, not for the same person elsewhere', async () => {
    await desk.approve(await codeOf('a', 'o9Person'))
    expect(await desk.isApproved('a', 'o9Person')).toBe(true)
    expect(await desk.isApproved('b', 'o9Person')).toBe(false)
  })

  it('is not got by guessing: wrong codes close the desk, also for the right one', async () => {
    const code = await codeOf('a', 'o9Person')
    for (let guess = 0; guess < maxWrongCodes; guess++) {
      await expect(desk.approve(`WRONG${guess}`)).rejects.toThrow(/no pending request/)
    }
    await expect(desk.approve(code)).rejects.toThrow(/too many wrong/)
    expect(await desk.isApproved('a', 'o9Person')).toBe(false)
  })

  it.each(['/pair', '/pairing approve', '/approve', 'moltbot pairing approve'])(
    'is nothing that a person can give by writing "%s" and a code',
    (command) => {
      const facts = directMessage({ text: `${command} ABCD2345`, approved: true })
      expect(decide(accountOf({}), facts)).not.toHaveProperty('command')
    },
  )

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
  ])('is not taken over HTTP with %s', async (_name, headers) => {
    const target = new Proxy<ControlTarget>(Object.create(null), {
      get: () => {
        throw new Error('the gateway was asked')
      },
    })
    const quiet = () => undefined
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
    const app = createControlApp({ token: 'right', target, log })
    const response = await app.request('http://localhost/api/pairing/approve', {
      method: 'POST',
      headers: { host: 'localhost', ...headers },
      body: JSON.stringify({ code: 'ABCD2345' }),
    })
    expect(response.status).toBe(401)
  })
})
