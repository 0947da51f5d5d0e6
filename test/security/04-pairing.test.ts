/**
 * Class 4: pairing abuse. Caps apply to each account, guessing is stopped, and only the operator approves.
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
  it('fills the pending requests of its own account only', async () => {
    for (let index = 0; index < maxPendingPerAccount; index++) await codeOf('flooded', `o9Bot${index}`)
    expect(await desk.request('flooded', 'o9Late')).toEqual({ status: 'full' })
    expect(await desk.request('quiet', 'o9Late')).toMatchObject({ status: 'created' })
  })

  it('gets one code each, regardless of the number of messages', async () => {
    await codeOf('a', 'o9Bot')
    expect(await desk.request('a', 'o9Bot')).toEqual({ status: 'pending' })
    expect((await desk.list('a')).pending).toHaveLength(1)
  })
})

describe('an approval', () => {
  it('applies only to the account of the code', async () => {
    await desk.approve(await codeOf('a', 'o9Person'))
    expect(await desk.isApproved('a', 'o9Person')).toBe(true)
    expect(await desk.isApproved('b', 'o9Person')).toBe(false)
  })

  it('cannot be guessed: after too many wrong codes the right one is rejected too', async () => {
    const code = await codeOf('a', 'o9Person')
    for (let guess = 0; guess < maxWrongCodes; guess++) {
      await expect(desk.approve(`WRONG${guess}`)).rejects.toThrow(/no pending request/)
    }
    await expect(desk.approve(code)).rejects.toThrow(/too many wrong/)
    expect(await desk.isApproved('a', 'o9Person')).toBe(false)
  })

  it.each(['/pair', '/pairing approve', '/approve', 'moltbot pairing approve'])(
    'cannot be given by a user who writes "%s" and a code',
    (command) => {
      const facts = directMessage({ text: `${command} ABCD2345`, approved: true })
      expect(decide(accountOf({}), facts)).not.toHaveProperty('command')
    },
  )

  it.each([
    ['no token', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
  ])('is rejected over HTTP with %s', async (_name, headers) => {
    const target = new Proxy<ControlTarget>(Object.create(null), {
      get: (_, name) => {
        if (name === 'phone') return undefined
        throw new Error('the gateway was asked')
      },
    })
    const quiet = () => undefined
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
    const app = createControlApp({ token: 'right', target, log, boundPort: () => 0 })
    const response = await app.request('http://localhost/api/pairing/approve', {
      method: 'POST',
      headers: { host: 'localhost', ...headers },
      body: JSON.stringify({ code: 'ABCD2345' }),
    })
    expect(response.status).toBe(401)
  })
})
