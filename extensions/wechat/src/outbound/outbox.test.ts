import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AccountEvent, type Conversation, MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventually, recordingLog, temporaryFolder, withAlice } from '../../test/samples.ts'
import type { AccountLink } from '../model/link.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import type { OutboxFile, OutboxText, Store } from '../store/store.ts'
import { Outbox } from './outbox.ts'

const withBob: Conversation = { kind: 'direct', id: 'bob' }

/** A link that remembers what it was given and fails as it is told. */
class FakeLink implements AccountLink {
  minSendGapMs = 0
  resendUncertain = true
  readonly maxMediaBytes = 1_000
  isReachable = true
  readonly sent: { to: string; text: string; clientId: string }[] = []
  readonly failures: unknown[] = []

  async sendText(conversation: Conversation, { text }: OutboxText, clientId: string): Promise<void> {
    this.sent.push({ to: conversation.id, text, clientId })
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
  }

  sendsLeft(): undefined {}

  async sendFile(conversation: Conversation, { name }: OutboxFile, clientId: string): Promise<void> {
    await this.sendText(conversation, { text: `file ${name}` }, clientId)
  }

  async fetchMedia(): Promise<never> {
    throw new Error('nothing to fetch')
  }

  reachable(): boolean {
    return this.isReachable
  }

  async typing(): Promise<void> {}
}

let store: Store
let link: FakeLink
let outbox: Outbox
let nowMs: number
/** What became of each attempt, as the host counts it. */
let outcomes: string[]

beforeEach(() => {
  store = openSqliteStore(join(temporaryFolder(), 'store.sqlite')).store
  link = new FakeLink()
  nowMs = 1_000_000
  outcomes = []
  outbox = newOutbox()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await outbox.stop(100)
  await store.close()
})

function newOutbox(): Outbox {
  const report = (event: AccountEvent) => {
    if (event.type === 'send') outcomes.push(event.outcome)
  }
  return new Outbox({ accountId: 'default', store, report, log: recordingLog(), now: () => nowMs })
}

async function enqueue(conversation: Conversation, ...chunks: string[]): Promise<void> {
  await store.enqueue(
    'default',
    conversation,
    { groupId: chunks.join(), parts: chunks.map((text) => ({ text })) },
    nowMs,
  )
  outbox.wake(conversation)
}

/** Long enough for a worker that has nothing to send to end. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
const texts = () => link.sent.map(({ text }) => text)
const counts = () => store.outboxCounts('default')

describe('the outbox', () => {
  it('sends what waits when the account comes online, in order', async () => {
    await enqueue(withAlice, 'one', 'two')
    await enqueue(withBob, 'three')
    expect(texts()).toEqual([])
    await outbox.attach(link)
    await eventually(() => expect(texts().sort()).toEqual(['one', 'three', 'two']))
    expect(link.sent.filter(({ to }) => to !== 'bob').map(({ text }) => text)).toEqual(['one', 'two'])
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('keeps a refused chunk, and what follows it, until the person writes again', async () => {
    await outbox.attach(link)
    link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await enqueue(withAlice, 'one', 'two')
    await eventually(async () =>
      expect(await store.nextToSend('default', withAlice)).toMatchObject({ state: 'parked' }),
    )
    expect(texts()).toEqual(['one'])
    await store.unpark('default', withAlice)
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toEqual(['one', 'one', 'two']))
    await eventually(() => expect(outcomes).toEqual(['parked', 'sent', 'sent']))
    expect(link.sent[0]?.clientId).toBe(link.sent[1]?.clientId)
  })

  it('gives a chunk up that nothing cures, visibly, and goes on', async () => {
    await outbox.attach(link)
    link.failures.push(new MoltbotError('invalid-argument', 'no such person'))
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(texts()).toEqual(['one', 'two']))
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 1 }))
    await eventually(() => expect(outcomes).toEqual(['failed', 'sent']))
  })

  it('sends an unconfirmed chunk once more with the same id, then leaves it to the operator', async () => {
    await outbox.attach(link)
    link.failures.push(new Error('reset'), new Error('reset'))
    await enqueue(withAlice, 'one')
    await eventually(() => expect(texts()).toEqual(['one']))
    nowMs += 2_000
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toEqual(['one', 'one']))
    nowMs += 2_000
    outbox.wake(withAlice)
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 1 }))
    expect(outcomes).toEqual(['unconfirmed', 'unconfirmed', 'uncertain'])
    expect(new Set(link.sent.map(({ clientId }) => clientId)).size).toBe(1)
    expect(texts()).toHaveLength(2)
  })

  it('does not spend the second attempt while the backend is known to be away', async () => {
    await outbox.attach(link)
    link.failures.push(new Error('reset'))
    await enqueue(withAlice, 'one')
    await eventually(() => expect(texts()).toEqual(['one']))
    link.isReachable = false
    nowMs += 2_000
    outbox.wake(withAlice)
    await settled()
    expect(texts()).toEqual(['one'])
    link.isReachable = true
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toEqual(['one', 'one']))
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('waits for a parked chunk with one timer, however often it is woken', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    await outbox.attach(link)
    link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await enqueue(withAlice, 'one')
    await eventually(async () =>
      expect(await store.nextToSend('default', withAlice)).toMatchObject({ state: 'parked' }),
    )
    await settled()
    timers.mockClear()
    cleared.mockClear()
    for (let n = 0; n < 5; n++) {
      outbox.wake(withAlice)
      await settled()
    }
    const set = timers.mock.results.map(({ value }) => value)
    const open = set.filter((timer) => !cleared.mock.calls.some(([one]) => one === timer))
    expect(open.length).toBeLessThanOrEqual(1)
  })

  it('tries again after the store failed', async () => {
    await outbox.attach(link)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    vi.spyOn(store, 'nextToSend').mockRejectedValueOnce(new Error('the disk is full'))
    await enqueue(withAlice, 'one')
    await settled()
    expect(texts()).toEqual([])
    await vi.advanceTimersByTimeAsync(10_000)
    vi.useRealTimers()
    await eventually(() => expect(texts()).toEqual(['one']))
  })

  it('never repeats an unconfirmed chunk on a puppet that cannot repeat an id', async () => {
    link.resendUncertain = false
    await outbox.attach(link)
    link.failures.push(new Error('reset'))
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(texts()).toEqual(['one']))
    nowMs += 2_000
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toEqual(['one', 'two']))
    expect(await counts()).toMatchObject({ troubled: 1 })
  })

  it('sends a file in its place, and removes its copy when it was sent', async () => {
    const path = join(temporaryFolder(), 'copy')
    writeFileSync(path, 'content')
    const parts = [{ text: 'before' }, { file: { path, name: 'answer.md' } }]
    await store.enqueue('default', withAlice, { groupId: 'g', parts }, nowMs)
    await outbox.attach(link)
    await eventually(() => expect(texts()).toEqual(['before', 'file answer.md']))
    await eventually(() => expect(existsSync(path)).toBe(false))
  })

  it('removes its copy of a file that is given up', async () => {
    const path = join(temporaryFolder(), 'copy')
    writeFileSync(path, 'content')
    await outbox.attach(link)
    link.failures.push(new MoltbotError('media-too-large', 'too large'))
    const parts = [{ file: { path, name: 'answer.md' } }]
    await store.enqueue('default', withAlice, { groupId: 'g', parts }, nowMs)
    outbox.wake(withAlice)
    await eventually(() => expect(existsSync(path)).toBe(false))
    expect(await counts()).toMatchObject({ troubled: 1 })
  })

  it('sends nothing while the account is offline', async () => {
    await outbox.attach(link)
    outbox.detach()
    await enqueue(withAlice, 'one')
    await outbox.stop(50)
    expect(texts()).toEqual([])
    expect(await counts()).toMatchObject({ waiting: 1 })
  })

  it('does not hand the next chunk to a connection that was lost during the pause before it', async () => {
    link.minSendGapMs = 100
    await outbox.attach(link)
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(texts()).toEqual(['one']))
    outbox.detach()
    const fresh = new FakeLink()
    await outbox.attach(fresh)
    await eventually(() => expect(fresh.sent.map(({ text }) => text)).toEqual(['two']))
    expect(texts()).toEqual(['one'])
  })

  it('lets the chunk in flight finish when it stops', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    link.sendText = () => promise
    await outbox.attach(link)
    await enqueue(withAlice, 'one', 'two')
    await eventually(async () =>
      expect(await store.nextToSend('default', withAlice)).toMatchObject({ state: 'attempted' }),
    )
    const stopped = outbox.stop(1_000)
    resolve()
    await stopped
    expect(await store.nextToSend('default', withAlice)).toMatchObject({
      part: { text: 'two' },
      state: 'queued',
    })
  })
})
