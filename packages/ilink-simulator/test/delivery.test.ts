// A client that dies with an answer in its socket gets it again; one whose cursor shows that it read it does not.

import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Binding, controlClient, type Simulator, startSimulator } from '../src/index.ts'
import { listAt, textAt } from '../src/json.ts'
import { bot } from './wire.ts'

let simulator: Simulator
let control: ReturnType<typeof controlClient>
let binding: Binding
let speak: ReturnType<typeof bot>

beforeAll(async () => {
  simulator = await startSimulator({ holdMs: 200 })
  control = controlClient(simulator.controlUrl)
  binding = await control.account()
  speak = bot(simulator.url, binding.token)
})
afterAll(() => simulator.close())

/** Polls and cuts the connection as soon as the first bytes of the answer are there. */
async function pollAndDie(cursor: string): Promise<void> {
  const poll = request(`${simulator.url}/ilink/bot/getupdates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${binding.token}` },
  })
  poll.on('error', () => undefined)
  poll.end(JSON.stringify({ get_updates_buf: cursor }))
  await once(poll, 'response')
  const closed = once(poll, 'close')
  poll.destroy()
  await closed
}

test('an answer that a dying client may not have read comes again', async () => {
  await control.inbound({ botId: binding.botId, text: 'for the one that died' })
  await pollAndDie('')
  await expect.poll(async () => listAt(await speak.poll(''), 'msgs').length).toBe(1)
})

test('an answer that was read does not come again, even to an old cursor', async () => {
  const first = await speak.poll('')
  expect(listAt(first, 'msgs')).toHaveLength(0)
})

test('an answer of a closed connection does not come again to a cursor that shows it arrived', async () => {
  await control.inbound({ botId: binding.botId, text: 'read, then hung up' })
  const answer = await speak.poll('')
  const cursor = textAt(answer, 'get_updates_buf')
  await control.inbound({ botId: binding.botId, text: 'next' })
  await pollAndDie(cursor)
  await expect.poll(async () => listAt(await speak.poll(cursor), 'msgs').length).toBe(1)
})

test('an answer that is taken back wakes the poll that is held by then', async () => {
  const cursor = textAt(await speak.poll(''), 'get_updates_buf')
  await control.settings({ holdMs: 20_000 })
  await control.inbound({ botId: binding.botId, text: 'one' })
  const dying = request(`${simulator.url}/ilink/bot/getupdates`, {
    method: 'POST',
    headers: { authorization: `Bearer ${binding.token}` },
  })
  dying.on('error', () => undefined)
  dying.end(JSON.stringify({ get_updates_buf: cursor }))
  await once(dying, 'response')
  const held = speak.poll(cursor)
  setTimeout(() => dying.destroy(), 50)
  expect(listAt(await held, 'msgs')).toHaveLength(1)
})
