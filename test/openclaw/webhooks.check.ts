/**
 * Webhooks of the channel on the real OpenClaw: the same configuration, and the lists of what was not sent by RPC.
 */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { startReceiver } from '../../extensions/wechat/test/webhook-receiver.ts'
import { until } from '../support/process.ts'
import { type OpenClaw, openClawStage } from './stage.ts'

const patienceMs = 120_000
const dayMs = 86_400_000
const owner = 'oOwner@im.wechat'

/** As if a day had gone by since the events came about: they are given up. */
function age(host: OpenClaw): void {
  const store = new DatabaseSync(join(host.stateDir, 'moltbot', 'wechat', 'wechat.sqlite'))
  store.prepare('UPDATE webhook_event SET created_ms = created_ms - ?, not_before_ms = 0').run(dayMs)
  store.close()
}

interface Undelivered {
  readonly id: string
  readonly eventId: string
  readonly reason: string
}

// Each command of the host takes some seconds, on a busy machine half a minute.
const timeout = 600_000

it('delivers signed events, lists those that were given up, and delivers them once more', {
  timeout,
}, async () => {
  const receiver = await startReceiver()
  const host = await openClawStage({ reply: () => 'hello, too' })
  onTestFinished(() => host.close())
  const wait = <Result>(look: () => Result | undefined | Promise<Result | undefined>) =>
    until(look, host.log, patienceMs)
  const call = async (method: string, params: object) => {
    const { output } = await host.run('gateway', 'call', method, '--json', '--params', JSON.stringify(params))
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1))
  }
  const list = async (which: string): Promise<Undelivered[]> =>
    (await call('wechaty.webhooks.list', { which })).items
  const event = (type: string, field: string, value: string) =>
    wait(() => receiver.events.find((one) => one.type === type && one.data[field] === value))

  const { url, secret } = receiver
  const events = ['account.state', 'message.received', 'message.sent']
  const webhooks = [{ url, secret, events, allowPrivateNetwork: true }]
  const { puppetOptions, control, scanAndConfirm } = host.backend
  host.configure({ puppet: 'ilink', puppetOptions, dmPolicy: 'open', allowFrom: ['*'], webhooks })
  await host.start()
  const code = await wait(() => /WeChat for default: (\S+)/.exec(host.log())?.[1])
  const { botId } = await scanAndConfirm(code, owner)
  await event('account.state', 'state', 'online')
  await control.inbound({ botId, from: owner, text: 'hello' })
  await event('message.received', 'senderId', owner)
  await event('message.sent', 'purpose', 'answer')
  expect(receiver.forged).toEqual([])

  receiver.answer = (response) => response.writeHead(503).end()
  await control.inbound({ botId, from: owner, text: 'hello again' })
  // That it came, and its answer; the second waits behind the first.
  await wait(async () => {
    const [first, second] = await list('waiting')
    return second && first?.reason === 'HTTP 503' ? second : undefined
  })
  age(host)
  const dead = await wait(async () => {
    const items = await list('dead')
    return items.length === 2 ? items : undefined
  })
  expect(dead[0]).toMatchObject({ accountId: 'default', host: new URL(url).host, state: 'dead' })
  expect(JSON.stringify(dead)).not.toContain('k3y')
  expect(host.log()).not.toContain('k3y')

  const before = receiver.events.length
  receiver.answer = (response) => response.writeHead(204).end()
  const ids = dead.map(({ id }) => id).toSorted()
  expect(await call('wechaty.webhooks.retry', { ids })).toEqual({ changed: ids })
  const eventIds = dead.map(({ eventId }) => eventId).toSorted()
  const again = await wait(() => (receiver.events.length === before + 2 ? receiver.events : undefined))
  expect(
    again
      .slice(before)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(eventIds)
  expect(await list('dead')).toEqual([])

  expect(await call('wechaty.webhooks.drop', { ids })).toEqual({ changed: [] })
  expect(await call('wechaty.outbox.list', { which: 'failed' })).toEqual({ items: [] })
  const wrong = await host.run('gateway', 'call', 'wechaty.outbox.list', '--params', '{"which": "x"}')
  expect(wrong.code).not.toBe(0)
  expect(wrong.output).toContain('"waiting"|"failed"')
})
