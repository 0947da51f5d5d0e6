/**
 * What a hosted puppet refuses, on its way through a real puppet service: the same rules as for iLink.
 */

import type { Channel, OutboxItem } from '@moltbot/channel-sdk'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { createChannel } from '../extensions/wechat/src/channel.ts'
import { type WechatConfig, wechatConfigSchema } from '../extensions/wechat/src/config/schema.ts'
import { testHost } from '../extensions/wechat/test/host.ts'
import { eventually } from '../extensions/wechat/test/samples.ts'
import { type HostedMock, startHostedMock } from './support/hosted-mock.ts'
import { until } from './support/process.ts'

/** Why the next sends fail; empty: they do not. */
let failures: string[] = []
let attempts = 0

class RefusingPuppet extends PuppetMock {
  override async messageSendText(conversationId: string, text: string): Promise<void> {
    attempts++
    const failure = failures.shift()
    if (failure !== undefined) throw new Error(failure)
    return super.messageSendText(conversationId, text)
  }
}

let hosted: HostedMock
let channel: Channel<WechatConfig>

beforeAll(async () => {
  const puppet = new RefusingPuppet({ mocker: new mock.Mocker() })
  hosted = await startHostedMock({ puppet, bot: { id: 'bot', name: 'Bot' } })
  for (const id of ['alice', 'bob']) hosted.mocker.createContact({ id, name: id })
  const config = { puppet: 'service', dmPolicy: 'open', puppetOptions: hosted.puppetOptions }
  channel = await createChannel(testHost(), wechatConfigSchema.parse(config))
  await channel.startAccount('default')
  await eventually(async () => expect(await channel.accounts()).toMatchObject([{ state: 'online' }]), 20_000)
}, 40_000)
afterAll(async () => {
  await channel.stop({ deadlineMs: 1_000 })
  await hosted.close()
})

async function listed(which: 'waiting' | 'failed'): Promise<readonly OutboxItem[]> {
  return (await channel.outbox?.list('default', which)) ?? []
}

/** Sends a text that fails with `words`, and waits until the outbox has the reason. */
async function fail(to: string, words: string, which: 'waiting' | 'failed'): Promise<OutboxItem> {
  failures = [words]
  void channel.send({ accountId: 'default', to, text: words, queue: true }).catch(() => undefined)
  return until(async () => {
    const items = await listed(which)
    return items.find(({ preview, reason }) => preview === words && reason !== '')
  })
}

it.each([
  ['Wechaty Puppet Unsupported API Error.', 'failed', 'unsupported: the puppet cannot send this'],
  ['UserName not found', 'failed', 'invalid-argument: UserName not found'],
  ['some error', 'uncertain', /^attempted and never confirmed; not sent again \(.*some error\)$/],
] as const)('is given up: %s', async (words, state, reason) => {
  const before = attempts
  const item = await fail('alice', words, 'failed')
  expect(item).toMatchObject({ state, reason: expect.stringMatching(reason) })
  expect(attempts).toBe(before + 1)
})

it('waits, and with it all other conversations, where there were too many messages', async () => {
  const { state, reason } = await fail('alice', '1205 == 0', 'waiting')
  expect({ state, reason }).toEqual({
    state: 'parked',
    reason: 'rate-limited: WeChat refused the message (1205): too many messages',
  })
  const before = attempts
  const other = channel.send({ accountId: 'default', to: 'bob', text: 'hello' })
  await expect(other).rejects.toThrow('the account pauses until')
  expect(attempts).toBe(before)
})
