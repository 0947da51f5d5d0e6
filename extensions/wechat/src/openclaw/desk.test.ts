import type { ChannelOutbox, ChannelWebhooks, WebhookItem } from '@moltbot/channel-sdk'
import { MoltbotError } from '@moltbot/channel-sdk'
import { expect, it } from 'vitest'
import { deskMethods } from './desk.ts'

const item = (id: string, accountId: string): WebhookItem => ({
  id,
  accountId,
  host: 'hooks.example.com',
  type: 'message.sent',
  eventId: `evt_${id}`,
  state: 'dead',
  attempts: 5,
  reason: 'HTTP 400',
  createdMs: 0,
})

const stored: Readonly<Record<string, WebhookItem>> = { a: item('1', 'a'), b: item('2', 'b') }

function eventOf(accountId: string): WebhookItem {
  const event = stored[accountId]
  if (event === undefined)
    throw new MoltbotError('account-not-running', `account "${accountId}" is not running`)
  return event
}

/** Accounts `a` and `b` have an event each that was given up; `off` does not run. */
const webhooks: ChannelWebhooks = {
  list: async (accountId, which) => [eventOf(accountId)].filter(({ state }) => state === which),
  retry: async (accountId, ids) => ids.filter((id) => id === eventOf(accountId).id),
  drop: async () => [],
}
const outbox: ChannelOutbox = { list: async () => [], retry: async () => [], drop: async () => [] }
const channel = { accountIds: ['a', 'b', 'off'], webhooks, outbox }

async function call(name: string, params: Record<string, unknown>, of = () => channel): Promise<unknown> {
  const method = deskMethods(of).find((one) => one.name === name)
  let answered: unknown
  await method?.handle({
    params,
    respond: (ok, answer, error) => {
      answered = ok ? answer : error
    },
  })
  return answered
}

it('lists what was given up of every account that runs, or of one', async () => {
  const all = await call('wechaty.webhooks.list', { which: 'dead' })
  expect(all).toEqual({ items: [stored.a, stored.b] })
  const one = await call('wechaty.webhooks.list', { which: 'dead', accountId: 'b' })
  expect(one).toEqual({ items: [stored.b] })
  expect(await call('wechaty.webhooks.list', {})).toEqual({ items: [] })
})

it('says of which ids something was done', async () => {
  const retried = await call('wechaty.webhooks.retry', { ids: ['1', '2', '3'] })
  expect(retried).toEqual({ changed: ['1', '2'] })
  expect(await call('wechaty.outbox.drop', { ids: ['1'] })).toEqual({ changed: [] })
})

it('refuses an account that does not run, a gateway without accounts, and what it does not know', async () => {
  const off = await call('wechaty.webhooks.list', { accountId: 'off' })
  expect(off).toEqual({ code: 'UNAVAILABLE', message: 'account "off" is not running' })
  const nothingRuns = () => {
    throw new MoltbotError('account-not-running', 'no account runs')
  }
  expect(await call('wechaty.outbox.list', {}, nothingRuns)).toMatchObject({ code: 'UNAVAILABLE' })
  for (const params of [{ ids: [] }, { ids: [1] }, { ids: ['1'], accountId: 7 }, { ids: ['1'], more: 1 }])
    expect(await call('wechaty.outbox.retry', params)).toMatchObject({ code: 'INVALID_REQUEST' })
})
