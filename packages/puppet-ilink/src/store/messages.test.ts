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

it.each([
  ['as long as there is room without a limit of time', undefined, ['old', 'new']],
  ['for that long with one, and what is not acknowledged in any case', hourMs, ['new']],
])('messages are stored %s', async (_name, keepMessagesMs, found) => {
  const state = new MemoryState()
  let nowMs = 0
  const onFailure = (error: unknown) => {
    throw error
  }
  const store = () => {
    const entries = new Entries({
      store: state,
      ended: new AbortController().signal,
      now: () => nowMs,
      report: onFailure,
    })
    const windows = new SendWindows(entries, onFailure)
    return new MessageStore({ entries, windows, now: () => nowMs, keepMessagesMs, onFailure })
  }
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
