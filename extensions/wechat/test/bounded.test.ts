/**
 * A flood of messages leaves nothing in memory.
 */

import type { Conversation } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { InboundMessage } from '../src/model/message.ts'
import { easyLink, type Flow, startFlow } from './flow.ts'
import { collectGarbage } from './garbage.ts'
import { type TestHost, testHost } from './host.ts'
import { accountOf } from './policy.ts'
import { eventually, messageFrom } from './samples.ts'

let host: TestHost
let flow: Flow
let said: string[]

const link = easyLink({
  sendText: async (_conversation, { text }) => {
    said.push(text)
  },
})

beforeEach(async () => {
  said = []
  host = testHost()
  flow = await startFlow({ account: accountOf({ groupAllowFrom: ['o9Heard'] }), host, link })
})
afterEach(() => flow.stop())

function inGroup(n: number, changes: Partial<InboundMessage> = {}): InboundMessage {
  const conversation: Conversation = { kind: 'group', id: `R${n % 50}@chatroom` }
  return messageFrom('o9Heard', `m${n}`, { conversation, text: `@Bot question ${n}`, ...changes })
}

describe('after every message is answered', () => {
  it('removes the lanes and outbox workers of all conversations', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, n) => flow.inbox.accept(inGroup(n))))
    const asked = new Set(Array.from({ length: 500 }, (_, n) => `question ${n}`))
    await eventually(() => {
      const answered = new Set(said.flatMap((text) => text.match(/question \d+/g) ?? []))
      expect(answered).toEqual(asked)
    }, 20_000)
    await eventually(() => expect([flow.lanes.busy, flow.outbox.busy]).toEqual([0, 0]))
  })

  it.each([
    ['answered', {}],
    ['recorded', { text: 'no mention' }],
    ['dropped', { sender: { id: 'o9Unheard' } }],
  ])('a message that was %s is not retained', async (_state, changes) => {
    const accepted = async (n: number) => {
      const message = inGroup(n, changes)
      await flow.inbox.accept(message)
      return new WeakRef(message)
    }
    const first = await accepted(0)
    for (let n = 1; n <= 20; n++) await accepted(n)
    await eventually(() => {
      expect([flow.inbox.busy, flow.lanes.busy, flow.outbox.busy]).toEqual([0, 0, 0])
    }, 20_000)
    host.log.lines.length = 0
    host.turns.length = 0
    await collectGarbage()
    expect(first.deref()).toBeUndefined()
  })
})

it('holds at most 1,000 undecided messages, and does not acknowledge the others', async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  host.pairing.isApproved = () => promise
  let taken = 0
  const order: string[] = []
  host.agent = async (turn) => {
    order.push(...turn.messages.map(({ id }) => id))
    return 'fine'
  }
  const all = Array.from({ length: 1_500 }, (_, n) => messageFrom('o9Alice', `m${n}`))
  const accepted = all.map(async (message) => {
    await flow.inbox.accept(message)
    taken += 1
  })
  await eventually(() => expect(taken).toBe(1_000))
  expect(await flow.store.undecided()).toHaveLength(1_000)
  resolve(true)
  await Promise.all(accepted)
  await eventually(() => expect(order).toEqual(all.map(({ id }) => id)), 20_000)
})
