/**
 * Class 12: the process dies with one bot. Handlers that throw, puppets that emit malformed events, agents that fail and
 * accounts that cannot start affect only themselves. An unhandled error fails this file, as it would end a gateway.
 */

import { join } from 'node:path'
import type { Channel } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PuppetILink } from 'wechaty-puppet-ilink'
import { createChannel } from '../../extensions/wechat/src/channel.ts'
import { wechatConfigSchema } from '../../extensions/wechat/src/config/schema.ts'
import { Session } from '../../extensions/wechat/src/wechaty/session.ts'
import { type TestHost, testHost } from '../../extensions/wechat/test/host.ts'
import { actingPuppet, puppetHome } from '../../extensions/wechat/test/puppet-home.ts'
import { temporaryFolder } from '../../extensions/wechat/test/samples.ts'
import { type Backend, startBackend } from '../support/backend.ts'
import { until } from '../support/process.ts'

const slowMs = 60_000
let backend: Backend
beforeEach(async () => {
  backend = await startBackend()
})
afterEach(() => backend.close())

describe('a handler', () => {
  it('that throws or rejects is reported for every event, and the session continues', async () => {
    const puppet = new PuppetILink({ ...backend.puppetOptions, stateDir: join(temporaryFolder(), 'ilink') })
    const errors: unknown[] = []
    const fail = (what: string) => () => {
      throw new Error(what)
    }
    const handlers = {
      onScan: fail('scan'),
      onLogin: fail('login'),
      onLogout: fail('logout'),
      onMessage: () => Promise.reject(new Error('message')),
      onHeartbeat: fail('heartbeat'),
      onError: (error: unknown) => errors.push(error),
    }
    const session = new Session({ puppet }, handlers)
    await session.start()
    puppet.emit('heartbeat', { data: 'x' })
    puppet.emit('message', { messageId: 'there-is-no-such-message' })
    puppet.emit('room-join', { inviteeIdList: ['x'], inviterId: 'x', roomId: 'x', timestamp: 0 })
    puppet.emit('friendship', { friendshipId: 'x' })
    puppet.emit('error', { data: 'the backend is angry' })
    await until(() => (errors.some((error) => /heartbeat/.test(String(error))) ? true : undefined))
    await until(() => (errors.some((error) => /angry/.test(String(error))) ? true : undefined))
    expect(puppet.state.active()).toBe(true)
    await session.close()
    puppet.emit('error', { data: 'too late' })
    expect(errors.map(String).join()).not.toContain('too late')
  })
})

describe('an account', () => {
  let host: TestHost
  let channel: Channel
  afterEach(() => channel.stop({ deadlineMs: 5_000 }), slowMs)

  async function logIn(accountId: string): Promise<string> {
    await channel.startAccount(accountId)
    const url = await until(async () => (await snapshot(accountId))?.qr)
    const { botId } = await backend.scanAndConfirm(url, `o9Owner-${accountId}@im.wechat`)
    await until(async () => ((await snapshot(accountId))?.state === 'online' ? true : undefined))
    return botId
  }

  async function snapshot(accountId: string) {
    return (await channel.accounts()).find((account) => account.accountId === accountId)
  }

  it('that fails in any way does not affect the others', async () => {
    host = testHost()
    channel = await createChannel(
      host,
      wechatConfigSchema.parse({
        puppet: 'ilink',
        puppetOptions: backend.puppetOptions,
        accounts: {
          good: {},
          bad: {},
          missing: { puppet: 'wechaty-puppet-nobody' },
          misconfigured: { puppetOptions: { baseUrl: 'not a url' } },
          unreachable: { puppetOptions: { ...backend.puppetOptions, loginBaseUrl: 'http://127.0.0.1:1' } },
        },
      }),
    )
    for (const accountId of ['missing', 'misconfigured', 'unreachable']) {
      await channel.startAccount(accountId)
    }
    const [good, bad] = [await logIn('good'), await logIn('bad')]
    host.agent = async ({ accountId }) => {
      if (accountId === 'bad') throw new Error('the agent broke')
      return 'still here'
    }
    await backend.control.inboundBatch([
      { botId: bad, text: 'hello' },
      { botId: good, text: 'hello' },
    ])
    expect(await backend.repliesOf(good, 1)).toEqual(['still here'])
    expect((await backend.repliesOf(bad, 1))[0]).toMatch(/sorry/i)
    await until(async () => ((await snapshot('missing'))?.state === 'failed' ? true : undefined))
    expect((await snapshot('misconfigured'))?.state).not.toBe('online')
    expect((await snapshot('good'))?.state).toBe('online')
  })

  it('whose foreign puppet exits, hangs, leaks memory or floods affects no other, and reports the reason', async () => {
    host = testHost(puppetHome())
    const acting = (act: string) => ({ puppet: actingPuppet, puppetOptions: { act } })
    const accounts = {
      good: { puppet: 'ilink', puppetOptions: backend.puppetOptions },
      exits: acting('exit'),
      hangs: acting('hang'),
      hoards: { ...acting('hog'), puppetLimits: { maxMemoryMb: 300 } },
      floods: acting('flood'),
    }
    channel = await createChannel(host, wechatConfigSchema.parse({ accounts }))
    const bad = ['exits', 'hangs', 'hoards', 'floods']
    for (const accountId of bad) await channel.startAccount(accountId)
    const good = await logIn('good')
    const codes = (accountId: string) =>
      host.events.flatMap((event) =>
        event.type === 'state' && event.account.accountId === accountId ? [event.account.code] : [],
      )
    for (const [accountId, code] of [
      ['exits', 'puppet-exited'],
      ['hoards', 'puppet-out-of-memory'],
      ['hangs', 'puppet-start-failed'],
    ] as const) {
      await until(
        () => (codes(accountId).includes(code) ? true : undefined),
        () => String(codes(accountId)),
        slowMs,
      )
      await backend.control.inbound({ botId: good, text: `while ${accountId}` })
    }
    const answers = await backend.repliesOf(good, 1)
    expect(answers.join()).toContain('answer to while exits')
    await until(
      async () => ((await snapshot('floods'))?.state === 'online' ? true : undefined),
      undefined,
      slowMs,
    )
    expect((await snapshot('good'))?.state).toBe('online')
  }, 180_000)
})
