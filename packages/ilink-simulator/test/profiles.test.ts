import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Binding, controlClient, type Simulator, startSimulator } from '../src/index.ts'
import { bot, text } from './wire.ts'

const minuteMs = 60 * 1000
const hourMs = 60 * minuteMs
const prepareFailed = { ret: -2, errmsg: 'prepare failed' }
const rateLimited = { ret: -2, errmsg: 'rate limited' }
let simulator: Simulator
let control: ReturnType<typeof controlClient>
let binding: Binding
let speak: ReturnType<typeof bot>

beforeAll(async () => {
  simulator = await startSimulator()
  control = controlClient(simulator.controlUrl)
})
afterAll(() => simulator.close())
beforeEach(async () => {
  await control.reset()
  binding = await control.account()
  speak = bot(simulator.url, binding.token)
})

/** The user writes. @returns a way to answer, that resolves with what the service says */
async function userWrites(from = binding.userId) {
  const { contextToken } = await control.inbound({ botId: binding.botId, text: 'hi', from })
  return (words = 'hello') =>
    speak.send({ to_user_id: from, context_token: contextToken, item_list: [text(words)] })
}

const shown = async () => (await control.sent({ botId: binding.botId })).length

test('an unknown profile is refused', async () => {
  const unknown: object = { profile: 'kind' }
  await expect(control.settings(unknown)).rejects.toThrow('profile')
})

test.each([
  ['the budget is used up', async (answer: () => Promise<unknown>) => void (await answer())],
  ['the window has closed', async () => void (await control.advanceClock(25 * hourMs))],
])('prepare-failed-window says "prepare failed" to a short text when %s', async (_, use) => {
  await control.settings({ profile: 'prepare-failed-window', quota: 1 })
  const answer = await userWrites()
  await use(answer)
  expect(await answer()).toEqual(prepareFailed)
  expect(await (await userWrites())()).toMatchObject({ ret: 0 })
})

test('rate-penalty begins the cool-down of the whole account again at each attempt', async () => {
  await control.settings({ profile: 'rate-penalty', quota: 1, penaltyMs: 10 * minuteMs })
  const [toAnn, toBob] = [await userWrites(), await userWrites('oBob@im.wechat')]
  expect(await toAnn()).toMatchObject({ ret: 0 })
  expect(await toAnn()).toEqual(rateLimited)
  await control.advanceClock(9 * minuteMs)
  expect(await toBob()).toEqual(rateLimited)
  await control.advanceClock(9 * minuteMs)
  expect(await toAnn()).toEqual(rateLimited)
  await control.advanceClock(10 * minuteMs)
  expect(await toAnn()).toMatchObject({ ret: 0 })
  expect(await toBob()).toMatchObject({ ret: 0 })
})

test('silent-account accepts without an id and shows nothing', async () => {
  await control.settings({ profile: 'silent-account' })
  expect(await (await userWrites())()).toEqual({ ret: 0 })
  expect(await shown()).toBe(0)
})

test('push-budget counts what an account sends long after its users have written, for a day', async () => {
  await control.settings({ profile: 'push-budget', pushQuota: 2 })
  const push = await userWrites()
  expect(await push('an answer is no push')).toMatchObject({ ret: 0 })
  await control.advanceClock(hourMs)
  expect(await push()).toMatchObject({ ret: 0 })
  expect(await push()).toMatchObject({ ret: 0 })
  expect(await push()).toEqual(prepareFailed)
  const answer = await userWrites()
  expect(await answer()).toMatchObject({ ret: 0 })
  await control.advanceClock(23 * hourMs)
  expect(await answer()).toEqual(prepareFailed)
  const later = await userWrites()
  await control.advanceClock(2 * hourMs)
  expect(await later()).toMatchObject({ ret: 0 })
})

test('twenty-then-burst shows twenty messages, and the others together when the user writes', async () => {
  await control.settings({ profile: 'twenty-then-burst' })
  const answer = await userWrites()
  for (let count = 0; count < 25; count += 1) expect(await answer()).toMatchObject({ ret: 0 })
  expect(await shown()).toBe(20)
  await userWrites()
  expect(await shown()).toBe(25)
})
