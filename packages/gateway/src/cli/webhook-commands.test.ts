import { localTime, type WebhookItem } from '@moltbot/channel-sdk'
import { expect, it, vi } from 'vitest'
import { commandStage } from '../../test/command-stage.ts'
import { changeWebhooks, listWebhooks } from './webhook-commands.ts'

const gateway = commandStage()

const dead: WebhookItem = {
  id: '7',
  accountId: 'a',
  host: 'hooks.example.com',
  type: 'message.received',
  eventId: 'evt_1',
  state: 'dead',
  attempts: 5,
  reason: 'HTTP 400',
  createdMs: Date.UTC(2026, 0, 2),
}

it('lists what was given up, with the reason', async () => {
  const list = vi.fn(async () => [dead, { ...dead, id: '12', reason: '' }])
  const { stateDir, output, written } = await gateway({ listWebhooks: list })
  await listWebhooks(stateDir, { dead: true }, output)
  expect(list).toHaveBeenCalledExactlyOnceWith('dead', undefined)
  const [head, first, reason, second] = written().split('\n')
  expect(head).toMatch(/^ID +ACCOUNT +TO +EVENT +SINCE +ATTEMPTS$/)
  expect(first).toMatch(/^7 +a +hooks\.example\.com +message\.received +.* 5$/)
  expect(first).toContain(localTime(dead.createdMs))
  expect(reason).toBe('  reason: HTTP 400')
  expect(second).toMatch(/^12 +a /)
})

it('lists what waits of one account, for scripts', async () => {
  const list = vi.fn(async () => [{ ...dead, state: 'waiting' as const }])
  const { stateDir, output, written } = await gateway({ listWebhooks: list })
  await listWebhooks(stateDir, { account: 'a', json: true }, output)
  expect(list).toHaveBeenCalledExactlyOnceWith('waiting', 'a')
  expect(JSON.parse(written())).toMatchObject([{ id: '7', state: 'waiting', eventId: 'evt_1' }])
})

it.each([
  [{}, 'No event is waiting to be delivered.\n'],
  [{ dead: true } as const, 'No event was given up.\n'],
])('says that there is nothing: %j', async (options, said) => {
  const { stateDir, output, written } = await gateway({ listWebhooks: async () => [] })
  await listWebhooks(stateDir, options, output)
  expect(written()).toBe(said)
})

it.each([
  ['retry', ['7', '8'], 'Queued again: 7, 8.\n', 0],
  ['retry', ['7'], 'Queued again: 7.\nNot queued: 8. ', 1],
  ['drop', ['7', '8'], 'Dropped: 7, 8.\n', 0],
  ['drop', [], 'Not dropped: 7, 8. ', 1],
] as const)('%s says which events it changed: %j', async (action, changed, said, exitCode) => {
  const change = vi.fn(async () => changed)
  const { stateDir, output, written } = await gateway({ changeWebhooks: change })
  expect(await changeWebhooks(stateDir, action, ['7', '8'], {}, output)).toBe(exitCode)
  expect(change).toHaveBeenCalledExactlyOnceWith({ action, ids: ['7', '8'] })
  expect(written()).toContain(said)
})
