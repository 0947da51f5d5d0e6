import { localTime, type OutboxItem } from '@moltbot/channel-sdk'
import { expect, it, vi } from 'vitest'
import { commandStage } from '../../test/command-stage.ts'
import { changeOutbox, listOutbox } from './outbox-commands.ts'

const gateway = commandStage()

const parked: OutboxItem = {
  id: '7',
  accountId: 'a',
  conversation: { kind: 'direct', id: 'u1' },
  purpose: 'answer',
  state: 'parked',
  reason: 'window-closed: u1 has to write first',
  createdMs: Date.UTC(2026, 0, 2),
  preview: 'Take the \u001b[2J9:15',
}

it('lists what waits, with the reason, and nothing that could change a terminal', async () => {
  const list = vi.fn(async () => [parked, { ...parked, id: '12', state: 'queued', reason: '' }])
  const { stateDir, output, written } = await gateway({ listOutbox: list })
  await listOutbox(stateDir, {}, output)
  expect(list).toHaveBeenCalledExactlyOnceWith('waiting', undefined)
  const [head, first, reason, second] = written().split('\n')
  expect(head).toMatch(/^ID +ACCOUNT +TO +STATE +SINCE +MESSAGE$/)
  expect(first).toMatch(/^7 +a +u1 +parked +.*Take the +\[2J9:15$/)
  expect(first).toContain(localTime(parked.createdMs))
  expect(reason).toBe('  reason: window-closed: u1 has to write first')
  expect(second).toMatch(/^12 +a +u1 +queued/)
  expect(written()).not.toContain('\u001b')
})

it('lists what was given up, of one account, for scripts', async () => {
  const list = vi.fn(async () => [{ ...parked, state: 'failed' }])
  const { stateDir, output, written } = await gateway({ listOutbox: list })
  await listOutbox(stateDir, { failed: true, account: 'a', json: true }, output)
  expect(list).toHaveBeenCalledExactlyOnceWith('failed', 'a')
  expect(JSON.parse(written())).toMatchObject([{ id: '7', state: 'failed', reason: parked.reason }])
})

it.each([
  ['parked', 'waiting'],
  ['failed', 'failed'],
] as const)('lists what is in the state %s', async (state, listing) => {
  const list = vi.fn(async () => [parked, { ...parked, id: '12', state: 'failed' }])
  const { stateDir, output, written } = await gateway({ listOutbox: list })
  await listOutbox(stateDir, { state, json: true }, output)
  expect(list).toHaveBeenCalledExactlyOnceWith(listing, undefined)
  expect(JSON.parse(written())).toMatchObject([{ state }])
})

it.each([
  [{ state: 'parked' } as const, 'No message is in the state parked.\n'],
  [{}, 'No message is waiting to be sent.\n'],
  [{ failed: true } as const, 'No message was given up.\n'],
])('says that there is nothing: %j', async (options, said) => {
  const { stateDir, output, written } = await gateway({ listOutbox: async () => [] })
  await listOutbox(stateDir, options, output)
  expect(written()).toBe(said)
})

it.each([
  ['retry', ['7', '8'], 'Queued again: 7, 8.\n', 0],
  ['retry', ['7'], 'Queued again: 7.\nNot queued: 8. ', 1],
  ['drop', ['7', '8'], 'Dropped: 7, 8.\n', 0],
  ['drop', [], 'Not dropped: 7, 8. ', 1],
] as const)('%s says which messages it changed: %j', async (action, changed, said, exitCode) => {
  const change = vi.fn(async () => changed)
  const { stateDir, output, written } = await gateway({ changeOutbox: change })
  expect(await changeOutbox(stateDir, action, ['7', '8'], {}, output)).toBe(exitCode)
  expect(change).toHaveBeenCalledExactlyOnceWith({ action, ids: ['7', '8'] })
  expect(written()).toContain(said)
})

it('requires an id', async () => {
  const { stateDir, output } = await gateway({})
  await expect(changeOutbox(stateDir, 'drop', [], {}, output)).rejects.toMatchObject({ code: 'usage' })
})
