/**
 * The channel on a puppet that is not ours: it answers through a child process, and outlives it.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AccountSnapshot, Channel } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createChannel } from '../src/channel.ts'
import { wechatConfigSchema } from '../src/config/schema.ts'
import { type TestHost, testHost } from './host.ts'
import { actingPuppet, installPuppet, puppetHome } from './puppet-home.ts'
import { eventually } from './samples.ts'

const slowMs = 60_000
vi.setConfig({ testTimeout: 2 * slowMs, hookTimeout: slowMs })

let host: TestHost
let channel: Channel

beforeEach(() => {
  host = testHost(puppetHome())
})
afterEach(async () => {
  await channel.stop({ deadlineMs: 10_000 })
})

async function open(config: object): Promise<void> {
  channel = await createChannel(host, wechatConfigSchema.parse({ dmPolicy: 'open', ...config }))
  for (const { accountId } of await channel.accounts()) await channel.startAccount(accountId)
}

async function account(id = 'default'): Promise<AccountSnapshot | undefined> {
  return (await channel.accounts()).find(({ accountId }) => accountId === id)
}

async function becomes(state: string, id?: string): Promise<void> {
  await eventually(async () => expect((await account(id))?.state).toBe(state), slowMs)
}

const heard = () => host.turns.map(({ messages }) => messages.map(({ text }) => text).join())
const states = () => host.events.flatMap((event) => (event.type === 'state' ? [event.account] : []))

test('a message and its answer go through the child', async () => {
  host.agent = async ({ messages }) => (messages[0]?.text === 'you wrote hello' ? '' : 'unexpected')
  await open({ puppet: actingPuppet })
  await becomes('online')
  await channel.send({ accountId: 'default', to: 'alice', text: 'hello' })
  await eventually(() => expect(heard()).toEqual(['you wrote hello']), slowMs)
})

test('an account whose puppet ends is started again, with the reason', async () => {
  host.agent = async () => ''
  await open({ puppet: actingPuppet })
  await becomes('online')
  channel.send({ accountId: 'default', to: 'alice', text: 'exit' }).catch(() => undefined)
  await eventually(() => expect(states().map(({ code }) => code)).toContain('puppet-exited'), slowMs)
  await eventually(() => expect(states().at(-1)?.state).toBe('online'), slowMs)
})

test('an account whose puppet ends too often is given up, and the others run on', async () => {
  installPuppet(host.stateDir, 'exits', "console.error('no use'); process.exit(1)")
  const accounts = {
    good: { puppet: actingPuppet },
    bad: { puppet: 'exits', puppetLimits: { restartsPerHour: 1 } },
  }
  await open({ accounts })
  await becomes('failed', 'bad')
  expect(await account('bad')).toMatchObject({ code: 'puppet-restarts-too-often', nextAction: 'fix-config' })
  expect((await account('bad'))?.reason).toContain('no use')
  await becomes('online', 'good')
})

test('the output of the puppet is in the log, and its secrets are registered', async () => {
  const secrets: string[] = []
  host = { ...host, registerSecret: (secret) => void secrets.push(secret) }
  installPuppet(host.stateDir, 'exits', "console.error('no use'); process.exit(1)")
  await open({ puppet: 'exits', puppetOptions: { token: 'abc', deep: [{ apiKey: 'def' }], uos: 'no' } })
  await eventually(() => expect(states().at(-1)?.code).toBe('puppet-exited'), slowMs)
  expect(secrets).toEqual(['abc', 'def'])
  expect(host.log.lines).toContainEqual({
    level: 'info',
    fields: { event: 'puppet.output', stream: 'stderr' },
    message: 'no use',
  })
})

test('the files of two puppets are separate', async () => {
  await open({ accounts: { one: { puppet: actingPuppet }, two: { puppet: actingPuppet } } })
  await becomes('online', 'one')
  await becomes('online', 'two')
  const cards = ['one', 'two'].map((id) => join(host.stateDir, 'accounts', id, 'puppets', actingPuppet))
  for (const card of cards) expect(existsSync(join(card, 'memory-card.json'))).toBe(true)
})
