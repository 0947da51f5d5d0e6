import { expect, it } from 'vitest'
import type { RawMessage } from '../schema/raw-message.ts'
import { Entries } from './entries.ts'
import { MemoryState } from './memory-state.ts'
import { MessageStore } from './messages.ts'
import { SendWindows } from './windows.ts'

const hourMs = 3_600_000
const raw = (id: string): RawMessage => ({
  id,
  conversationId: 'person@im.wechat',
  talkerId: 'person@im.wechat',
  atMs: 0,
  wire: {},
})

function storeOn(state: MemoryState, now: () => number, keepMessagesMs?: number): MessageStore {
  const onFailure = (error: unknown) => {
    throw error
  }
  const { signal: ended } = new AbortController()
  const entries = new Entries({ store: state, ended, now, report: onFailure })
  const windows = new SendWindows(entries, onFailure)
  return new MessageStore({ entries, windows, now, keepMessagesMs, onFailure })
}

it('a message that is to be forgotten leaves no copy once it is acknowledged', async () => {
  const state = new MemoryState()
  const store = storeOn(state, () => 0)
  await store.accept([{ raw: raw('m1') }, { raw: raw('m2') }], undefined, 'durable')
  store.pending.acknowledge('m1')
  await store.forget('m1')
  expect(await store.find('m1')).toBeUndefined()
  const stored = await Promise.all(['message', 'pending'].map((kind) => state.list(kind, { limit: 10 })))
  expect(JSON.stringify(stored)).not.toContain('m1')
  expect(JSON.stringify(stored)).toContain('m2')
})

it.each([
  ['as long as there is room without a limit of time', undefined, ['old', 'new']],
  ['for that long with one, and what is not acknowledged in any case', hourMs, ['new']],
])('messages are stored %s', async (_name, keepMessagesMs, found) => {
  const state = new MemoryState()
  let nowMs = 0
  const store = () => storeOn(state, () => nowMs, keepMessagesMs)
  const running = store()
  await running.accept([{ raw: raw('old') }], undefined, 'durable')
  nowMs = 2 * hourMs
  await running.accept([{ raw: raw('new') }], undefined, 'durable')
  await new Promise(setImmediate)
  const after = store()
  const known = await Promise.all(['old', 'new'].map((id) => after.find(id)))
  expect(known.flatMap((message) => message?.id ?? [])).toEqual(found)
  const pending: string[] = []
  for await (const [, { id }] of after.stored()) pending.push(id)
  expect(pending).toEqual(['old', 'new'])
})

it('an account at rest looks for old entries seldom, and one that stores messages often', async () => {
  const state = new MemoryState()
  let pruned = 0
  const prune = state.prune.bind(state)
  state.prune = async (kind, limits) => {
    if (kind === 'seen') pruned++
    await prune(kind, limits)
  }
  let nowMs = 0
  const store = storeOn(state, () => nowMs)
  const polled = async (count: number, messages: (n: number) => readonly { readonly raw: RawMessage }[]) => {
    pruned = 0
    for (let n = 0; n < count; n++) {
      nowMs += hourMs / 6
      await store.accept(messages(n), undefined, 'durable')
    }
    return pruned
  }
  expect(await polled(36, (n) => [{ raw: raw(`m${n}`) }])).toBe(36)
  expect(await polled(72, () => [])).toBe(2)
})
