import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type AccountEvent, type Conversation, localTime, MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  alice,
  eventually,
  messageFrom,
  recordingLog,
  temporaryFolder,
  withAlice,
} from '../../test/samples.ts'
import type { AccountLink, LocalFile } from '../model/link.ts'
import type { OutboxPart, OutboxRow, OutboxText } from '../model/outbox.ts'
import { folderBlobs } from '../store/blobs.ts'
import { openSqliteStore } from '../store/sqlite-store.ts'
import type { AccountStore, Store } from '../store/store.ts'
import type { ReplyLanguage } from './notices.ts'
import { Outbox } from './outbox.ts'
import { Silence } from './silence.ts'

const account = {
  id: 'default',
  maxReplyAgeMs: { direct: 24 * 60 * 60_000, group: 30 * 60_000 },
} as const
const withBob: Conversation = { kind: 'direct', id: 'bob' }

/** A link that records its calls and fails on demand. */
class FakeLink implements AccountLink {
  minSendGapMs = 0
  resendUncertain = true
  readonly maxMediaBytes = 1_000
  isReachable = true
  readonly sent: { to: string; text: string; clientId: string }[] = []
  readonly failures: unknown[] = []

  async sendText(
    conversation: Conversation,
    { text }: OutboxText,
    clientId: string,
    _signal?: AbortSignal,
  ): Promise<void> {
    this.sent.push({ to: conversation.id, text, clientId })
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
  }

  async sendsLeft(): Promise<undefined> {}

  async sendFile(conversation: Conversation, { name }: LocalFile, clientId: string): Promise<void> {
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

let whole: Store
let store: AccountStore
let folder: string
let link: FakeLink
let outbox: Outbox
let nowMs: number
let moveTimesInMemory: (byMs: number) => void
/** What became of each attempt, as the host counts it. */
let outcomes: string[]
/** Whether the account fell silent, or is well again. */
let silences: boolean[]
let mayAct: boolean

beforeEach(async () => {
  folder = temporaryFolder()
  whole = openSqliteStore(join(folder, 'store.sqlite')).store
  store = await whole.openAccount('default', 'test')
  link = new FakeLink()
  nowMs = 1_000_000
  outcomes = []
  silences = []
  mayAct = true
  outbox = newOutbox()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await outbox.stop(100)
  await whole.close()
})

function newOutbox(replyLanguage: ReplyLanguage = 'en'): Outbox {
  const report = (event: AccountEvent) => {
    if (event.type === 'send') outcomes.push(event.outcome)
  }
  const blobs = folderBlobs(folder, 'test')
  return new Outbox({
    account: { ...account, replyLanguage },
    store,
    blobs,
    textLimit: () => 75,
    report,
    mayAct: () => mayAct,
    silence: new Silence({
      onChange: (isSilent) => void silences.push(isSilent),
      note: (state) => store.noteSilence(state),
    }),
    log: recordingLog(),
    now: () => nowMs,
    onClockSet: (moveTimes) => {
      moveTimesInMemory = moveTimes
      return () => undefined
    },
  })
}

function setClock(byMs: number): Promise<void> {
  return whole.moveTimes(byMs, () => {
    nowMs += byMs
    moveTimesInMemory(byMs)
  })
}

async function enqueue(conversation: Conversation, ...chunks: string[]): Promise<void> {
  const entry = { groupId: chunks.join(), parts: chunks.map((text) => ({ text })) }
  await store.enqueue(conversation, entry, nowMs)
  outbox.wake(conversation)
}

async function theyWrite(id = 'm1'): Promise<void> {
  const message = messageFrom(alice, id)
  await store.accept(message, nowMs)
  await store.decide(message, { state: 'dispatched', reason: 'dm-open' }, nowMs)
}

async function copy() {
  const blobs = folderBlobs(folder, 'test')
  const limit = { maxBytes: 100, signal: new AbortController().signal }
  const blob = await blobs.put(Readable.from([Buffer.from('content')]), limit)
  return { file: { blob, name: 'answer.md' }, path: await blobs.path(blob) }
}

async function commitReply(attempt: boolean, ...answer: string[]): Promise<OutboxRow | undefined> {
  await theyWrite()
  const turn = await store.claimTurn(withAlice, 'all', { messages: 1, history: 0 })
  const parts = answer.map((text) => ({ text }))
  return turn && store.commitReply(turn, { parts }, { nowMs, attempt })
}

/** Long enough for a worker that has nothing to send to end. */
async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
}
const texts = () => link.sent.map(({ text }) => text)
const counts = () => store.outboxCounts()

describe('the outbox', () => {
  it('sends nothing at a moment in which another gateway may serve the account, and sends it later', async () => {
    mayAct = false
    await enqueue(withAlice, 'one')
    await outbox.attach(link)
    const waiting = () => store.listOutbox({ which: 'waiting' })
    await eventually(async () => expect(await waiting()).toMatchObject([{ state: 'parked' }]))
    expect(texts()).toEqual([])
    mayAct = true
    nowMs += 10_000
    await outbox.attach(link)
    await eventually(() => expect(texts()).toEqual(['one']))
  })

  it('sends what waits when the account comes online, in order', async () => {
    await enqueue(withAlice, 'one', 'two')
    await enqueue(withBob, 'three')
    expect(texts()).toEqual([])
    await outbox.attach(link)
    await eventually(() => expect(texts().sort()).toEqual(['one', 'three', 'two']))
    expect(link.sent.filter(({ to }) => to !== 'bob').map(({ text }) => text)).toEqual(['one', 'two'])
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('keeps a refused part, and what follows it in its answer, until the person writes again', async () => {
    await outbox.attach(link)
    link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(outcomes).toEqual(['parked']))
    await enqueue(withAlice, 'another answer')
    await eventually(() => expect(texts()).toEqual(['one', 'another answer']))
    await theyWrite()
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toEqual(['one', 'another answer', 'one', 'two']))
    await eventually(() => expect(outcomes).toEqual(['parked', 'sent', 'sent', 'sent']))
    expect(link.sent[0]?.clientId).toBe(link.sent[2]?.clientId)
  })

  it('sends texts of schedules that waited for a person as one, before everything later, as many as fit', async () => {
    await outbox.attach(link)
    const used = () => new MoltbotError('quota', 'used up', { retryable: true, certain: true })
    const schedule = (text: string) =>
      store.enqueue(withAlice, { groupId: text, parts: [{ text }], purpose: 'scheduled' }, nowMs)
    for (const text of ['first', 'second', 'a third one']) {
      link.failures.push(used())
      await schedule(text)
      outbox.wake(withAlice)
      await eventually(() => expect(outcomes.at(-1)).toBe('parked'))
      await settled()
    }
    link.sent.length = 0
    await theyWrite()
    await enqueue(withAlice, 'an answer')
    await eventually(() => expect(texts()).toHaveLength(3))
    const time = localTime(nowMs).slice(5, 16)
    expect(texts()).toEqual([
      `2 messages were waiting for you:\n\n${time} first\n\n${time} second`,
      'a third one',
      'an answer',
    ])
    for (const group of ['first', 'second']) expect(await store.progress(group)).toMatchObject({ sent: 1 })
  })

  it('sends what a slow file of another answer does not hold up, also after a restart', async () => {
    const { file } = await copy()
    const refused = () => new MoltbotError('refused', 'busy', { retryable: true, certain: true })
    await outbox.attach(link)
    link.failures.push(refused())
    await store.enqueue(withAlice, { groupId: 'a', parts: [{ file }, { text: 'after the file' }] }, nowMs)
    outbox.wake(withAlice)
    await eventually(() => expect(outcomes).toEqual(['parked']))
    await enqueue(withAlice, 'status')
    await eventually(() => expect(texts()).toEqual(['file answer.md', 'status']))
    await outbox.stop(50)
    store = await whole.openAccount('default', 'next')
    outbox = newOutbox()
    await outbox.attach(link)
    await enqueue(withAlice, 'the next answer')
    await eventually(() => expect(texts()).toEqual(['file answer.md', 'status', 'the next answer']))
    nowMs += 10_000
    outbox.wake(withAlice)
    await eventually(() => expect(texts().slice(3)).toEqual(['file answer.md', 'after the file']))
  })

  it('sends nothing for as long as the backend says, whatever arrives and however often it connects', async () => {
    await outbox.attach(link)
    const limited = new MoltbotError('rate-limited', 'too many', { retryable: true })
    link.failures.push(Object.assign(limited, { retryAfterMs: 30_000 }))
    await enqueue(withAlice, 'one')
    await eventually(() => expect(outcomes).toEqual(['parked']))
    for (let n = 0; n < 5; n++) {
      await theyWrite(`m${n}`)
      outbox.wake(withAlice)
      await enqueue(withBob, `to bob ${n}`)
      outbox.detach()
      await outbox.attach(link)
      await settled()
    }
    expect(texts()).toEqual(['one'])
    nowMs += 30_001
    outbox.wake(withAlice)
    outbox.wake(withBob)
    await eventually(() => expect(texts()).toHaveLength(7))
  })

  it('sends one part after a pause, and the others when it has arrived', async () => {
    const limited = () =>
      Object.assign(new MoltbotError('rate-limited', 'too many', { retryable: true }), {
        retryAfterMs: 30_000,
      })
    const people = ['a', 'b', 'c', 'd'].map((id): Conversation => ({ kind: 'direct', id }))
    await outbox.attach(link)
    link.failures.push(limited())
    await enqueue(withAlice, 'one')
    await eventually(() => expect(outcomes).toEqual(['parked']))
    for (const person of people) await enqueue(person, person.id)
    nowMs += 30_001
    link.failures.push(limited())
    for (const person of people) outbox.wake(person)
    await eventually(() => expect(outcomes).toEqual(['parked', 'parked']))
    await settled()
    expect(link.sent).toHaveLength(2)
    nowMs += 120_001
    for (const person of [withAlice, ...people]) outbox.wake(person)
    await eventually(() => expect(outcomes.filter((outcome) => outcome === 'sent')).toHaveLength(5))
  })

  it('gives a chunk up that nothing cures, visibly, and goes on', async () => {
    await outbox.attach(link)
    link.failures.push(new MoltbotError('invalid-argument', 'no such person'))
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(texts()).toEqual(['one', 'two']))
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 1 }))
    await eventually(() => expect(outcomes).toEqual(['failed', 'sent']))
  })

  it('sends an unconfirmed part with the same id as often as needed, while it is young', async () => {
    await outbox.attach(link)
    link.failures.push(...Array.from({ length: 20 }, () => new Error('524')))
    await enqueue(withAlice, 'one')
    for (let sent = 1; sent < 8; sent++) {
      await eventually(() => expect(outcomes).toHaveLength(sent))
      nowMs += 31_000
      outbox.wake(withAlice)
    }
    await eventually(() => expect(outcomes).toHaveLength(8))
    expect(new Set(link.sent.map(({ clientId }) => clientId)).size).toBe(1)
    link.failures.length = 0
    nowMs += 31_000
    outbox.wake(withAlice)
    await eventually(() => expect(outcomes.at(-1)).toBe('sent'))
    expect(await counts()).toEqual({ waiting: 0, troubled: 0 })
  })

  it('reports an account that accepts five sends without confirming one, and goes on sending', async () => {
    const unconfirmed = () => new MoltbotError('unconfirmed', 'accepted without an id', { retryable: true })
    await outbox.attach(link)
    link.failures.push(...Array.from({ length: 5 }, unconfirmed))
    for (const person of ['a', 'b', 'c', 'd', 'e']) await enqueue({ kind: 'direct', id: person }, person)
    await eventually(() => expect(silences).toEqual([true]))
    await enqueue(withBob, 'one more')
    await eventually(() => expect(silences).toEqual([true, false]))
    expect(texts()).toEqual(['a', 'b', 'c', 'd', 'e', 'one more'])
  })

  it('leaves a part to the operator that stays unconfirmed', async () => {
    await outbox.attach(link)
    link.failures.push(new Error('reset'), new Error('reset'))
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(outcomes).toEqual(['unconfirmed']))
    nowMs += 5 * 60_000
    outbox.wake(withAlice)
    link.failures.length = 0
    await eventually(() => expect(outcomes).toEqual(['unconfirmed', 'uncertain', 'sent']))
    expect(await counts()).toEqual({ waiting: 0, troubled: 1 })
    expect(texts()).toEqual(['one', 'two'])
  })

  it('expires a part that could not be sent for a day, and sends what is younger', async () => {
    await enqueue(withAlice, 'old')
    nowMs += 24 * 60 * 60_000 + 1
    await enqueue(withAlice, 'young')
    await outbox.attach(link)
    await eventually(() => expect(outcomes).toEqual(['expired', 'sent']))
    expect(texts()).toEqual(['young'])
  })

  it('does not repeat an attempt while the backend is known to be unreachable', async () => {
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
    await eventually(() => expect(outcomes).toEqual(['parked']))
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
    const { file, path } = await copy()
    await store.enqueue(withAlice, { groupId: 'g', parts: [{ text: 'before' }, { file }] }, nowMs)
    await outbox.attach(link)
    await eventually(() => expect(texts()).toEqual(['before', 'file answer.md']))
    await eventually(() => expect(existsSync(path)).toBe(false))
  })

  it('removes its copy of a file that is given up', async () => {
    const { file, path } = await copy()
    await outbox.attach(link)
    link.failures.push(new MoltbotError('media-too-large', 'too large'))
    await store.enqueue(withAlice, { groupId: 'g', parts: [{ file }] }, nowMs)
    outbox.wake(withAlice)
    await eventually(() => expect(existsSync(path)).toBe(false))
    expect(await counts()).toMatchObject({ troubled: 1 })
  })

  it('sends a part that its commit marks as attempted, without marking it again', async () => {
    await outbox.attach(link)
    const mark = vi.spyOn(store, 'markAttempted')
    await outbox.commit(withAlice, (attempt) => commitReply(attempt, 'one', 'two'))
    await eventually(() => expect(texts()).toEqual(['one', 'two']))
    expect(mark).toHaveBeenCalledOnce()
  })

  it('sends it once, although the conversation is woken during the commit', async () => {
    await outbox.attach(link)
    await outbox.commit(withAlice, async (attempt) => {
      const first = await commitReply(attempt, 'one')
      outbox.wake(withAlice)
      await settled()
      return first
    })
    await outbox.drained(withAlice, new AbortController().signal)
    expect(texts()).toEqual(['one'])
  })

  it('does not ask for the mark while the conversation is sent to, or cannot be', async () => {
    const asked: boolean[] = []
    const commit = async (attempt: boolean) => {
      asked.push(attempt)
      return undefined
    }
    await outbox.commit(withAlice, commit)
    await outbox.attach(link)
    link.isReachable = false
    await outbox.commit(withAlice, commit)
    link.isReachable = true
    await outbox.commit(withAlice, () => outbox.commit(withAlice, commit).then(() => undefined))
    await settled()
    await outbox.commit(withAlice, commit)
    expect(asked).toEqual([false, false, false, true])
  })

  it('puts the part back when the account goes offline during the commit', async () => {
    await outbox.attach(link)
    link.resendUncertain = false
    await outbox.commit(withAlice, async (attempt) => {
      const first = await commitReply(attempt, 'one')
      outbox.detach()
      return first
    })
    await settled()
    await outbox.attach(link)
    await eventually(() => expect(texts()).toEqual(['one']))
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 0 }))
  })

  it('puts it back when it is stopped during the commit, so that the next run sends it', async () => {
    await outbox.attach(link)
    link.resendUncertain = false
    const committed = outbox.commit(withAlice, async (attempt) => {
      const first = await commitReply(attempt, 'one')
      void outbox.stop(50)
      return first
    })
    await committed
    await settled()
    store = await whole.openAccount('default', 'next')
    outbox = newOutbox()
    await outbox.attach(link)
    await eventually(() => expect(texts()).toEqual(['one']))
  })

  it('goes on after a commit that fails', async () => {
    await outbox.attach(link)
    const committed = outbox.commit(withAlice, () => Promise.reject(new Error('the disk is full')))
    await expect(committed).rejects.toThrow('the disk is full')
    await enqueue(withAlice, 'one')
    await eventually(() => expect(texts()).toEqual(['one']))
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
    const hung = vi.spyOn(link, 'sendText').mockReturnValue(promise)
    await outbox.attach(link)
    await enqueue(withAlice, 'one', 'two')
    await eventually(() => expect(hung).toHaveBeenCalledOnce())
    const stopped = outbox.stop(1_000)
    resolve()
    await stopped
    const rest = await store.nextToSend(withAlice, nowMs)
    expect(rest).toMatchObject({ row: { part: { text: 'two' }, state: 'queued' } })
  })

  it('cuts a part in flight off that outlasts the deadline of a stop', async () => {
    const signals: AbortSignal[] = []
    link.sendText = (_conversation, _part, _clientId, signal = AbortSignal.abort()) => {
      signals.push(signal)
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    await outbox.attach(link)
    await enqueue(withAlice, 'one')
    await eventually(() => expect(signals).toHaveLength(1))
    await outbox.stop(150)
    expect(signals[0]?.aborted).toBe(true)
    store = await whole.openAccount('default', 'next')
    const cutOff = await store.nextToSend(withAlice, nowMs + 60_000)
    expect(cutOff).toMatchObject({ row: { state: 'attempted', isCutOff: true } })
  })

  it('ends in time when a send outlasts even that', async () => {
    link.sendText = () => new Promise(() => undefined)
    await outbox.attach(link)
    await enqueue(withAlice, 'one')
    await settled()
    await outbox.stop(150) // A test that hangs fails by its time-out.
  })
})

describe('a part of an answer that is given up', () => {
  const answer = async (parts: readonly OutboxPart[], groupId = 'g') => {
    await store.enqueue(withAlice, { groupId, parts, purpose: 'answer' }, nowMs)
    outbox.wake(withAlice)
  }
  const final = (code = 'invalid-argument') => new MoltbotError(code, 'refused', { certain: true })
  const busy = () => new MoltbotError('refused', 'busy', { retryable: true, certain: true })
  const dayMs = 24 * 60 * 60_000
  const lost = 'Part of an answer to you could not be sent. Please ask again if you still need it.'

  beforeEach(() => outbox.attach(link))

  it('is reported to the person in one line, although several parts are lost', async () => {
    link.failures.push(final(), final())
    await answer([{ text: 'one' }, { text: 'two' }, { text: 'three' }])
    await eventually(() => expect(texts()).toEqual(['one', 'two', 'three', lost]))
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 2 }))
  })

  it('is reported at most once a day in a conversation', async () => {
    for (const [groupId, laterMs] of [
      ['a', 0],
      ['b', dayMs - 1],
      ['c', 1],
    ] as const) {
      nowMs += laterMs
      link.failures.push(final())
      await answer([{ text: groupId }], groupId)
      await eventually(async () => expect(await counts()).toMatchObject({ waiting: 0 }))
      await settled()
    }
    expect(texts()).toEqual(['a', lost, 'b', 'c', lost])
  })

  it('is not reported if it is no answer, and a report that is lost is not reported or counted', async () => {
    link.failures.push(final(), final(), final())
    await enqueue(withAlice, 'a notice')
    await answer([{ text: 'one' }])
    await eventually(() => expect(texts()).toEqual(['a notice', 'one', lost]))
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 2 }))
    await settled()
    expect(texts()).toHaveLength(3)
  })

  it('is reported when the person writes again, if nothing may be sent before', async () => {
    link.failures.push(new MoltbotError('window-closed', 'write first', { retryable: true, certain: true }))
    await answer([{ text: 'one' }])
    await eventually(() => expect(outcomes).toEqual(['parked']))
    link.failures.push(new MoltbotError('window-closed', 'write first', { retryable: true, certain: true }))
    nowMs += dayMs + 2
    outbox.wake(withAlice)
    await eventually(() => expect(outcomes).toEqual(['parked', 'expired', 'parked']))
    nowMs += 3 * dayMs
    await theyWrite()
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toEqual(['one', lost, lost]))
    expect(link.sent[1]?.clientId).toBe(link.sent[2]?.clientId)
  })

  it('is reported in the language of the last message', async () => {
    const message = messageFrom(alice, 'm0', { text: '把计划发给我' })
    await store.accept(message, nowMs)
    await store.decide(message, { state: 'dispatched', reason: 'dm-open' }, nowMs)
    await outbox.stop(50)
    outbox = newOutbox('auto')
    await outbox.attach(link)
    link.failures.push(final())
    await answer([{ text: '一' }])
    await eventually(() => expect(texts().at(-1)).toMatch(/^有一条回复没能发出来/))
    expect(texts().at(-1)).not.toContain('Part of')
  })

  it('is named if it is a file, also while further attempts are made', async () => {
    const { file } = await copy()
    link.failures.push(busy())
    await answer([{ file }])
    const delayed = '[answer.md: could not be sent so far; it follows if a later attempt succeeds]'
    await eventually(() => expect(texts()).toEqual(['file answer.md', delayed]))
    nowMs += 10_000
    link.failures.push(final('media-refused'))
    outbox.wake(withAlice)
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 1 }))
    await settled()
    expect(texts()).toEqual(['file answer.md', delayed, 'file answer.md'])
  })

  it('may have arrived if it stayed unconfirmed, but probably did if a stop cut it off', async () => {
    link.resendUncertain = false
    link.failures.push(new Error('reset'))
    await answer([{ text: 'one' }])
    await eventually(() => expect(texts()).toEqual(['one']))
    nowMs += 2_000
    outbox.wake(withAlice)
    await eventually(() => expect(texts().at(-1)).toMatch(/^Part of an answer to you may not have arrived/))

    const { row: bobs } = await markedFor(withBob)
    expect(bobs.state).toBe('attempted')
    await outbox.stop(50)
    store = await whole.openAccount('default', 'next')
    outbox = newOutbox()
    await outbox.attach(link)
    await eventually(async () => expect(await counts()).toEqual({ waiting: 0, troubled: 2 }))
    await settled()
    expect(link.sent.filter(({ to }) => to === 'bob')).toEqual([])
  })

  async function markedFor(conversation: Conversation): Promise<{ row: OutboxRow }> {
    await store.enqueue(conversation, { groupId: 'cut', parts: [{ text: 'cut' }], purpose: 'answer' }, nowMs)
    const next = await store.nextToSend(conversation, nowMs)
    if (next === undefined || !('row' in next)) throw new Error('nothing to send')
    return { row: await store.markAttempted(next.row, nowMs, 'durable') }
  }

  it('expires sooner in a group', async () => {
    const group: Conversation = { kind: 'group', id: 'room1' }
    outbox.detach()
    await store.enqueue(group, { groupId: 'g', parts: [{ text: 'old' }], purpose: 'answer' }, nowMs)
    nowMs += 30 * 60_000 + 1
    await outbox.attach(link)
    await eventually(() => expect(outcomes).toEqual(['expired', 'sent']))
    expect(texts()).toEqual([lost])
  })
})

describe('a pause of the last run', () => {
  const hourMs = 60 * 60_000

  beforeEach(async () => {
    await store.noteRest({ untilMs: nowMs + hourMs, pauseMs: hourMs, refusals: 5, earlyFromMs: 0 })
    await outbox.restore()
    await outbox.attach(link)
    await enqueue(withAlice, 'one')
    await enqueue(withBob, 'two')
    await settled()
  })

  it('goes on, and says so', () => {
    expect(link.sent).toEqual([])
    expect(outbox.pauseReason).toContain('the account pauses until')
  })

  it.each([
    ['back an hour', -hourMs],
    ['forward a day', 24 * hourMs],
  ])('lasts as long as before if the clock is set %s', async (_name, byMs) => {
    await setClock(byMs)
    outbox.wake(withAlice)
    await settled()
    nowMs += hourMs - 1
    outbox.wake(withAlice)
    await settled()
    expect(link.sent).toEqual([])
    nowMs += 1
    outbox.wake(withAlice)
    await eventually(() => expect(texts()).toContain('one'))
  })

  it('ends for all when a person writes and the answer is sent', async () => {
    outbox.heard(withAlice)
    await eventually(() => expect(texts().toSorted()).toEqual(['one', 'two']))
    await eventually(async () => expect(await store.rest()).toBeUndefined())
  })

  it('is longer when that answer is refused, also for the next run', async () => {
    const limited = new MoltbotError('rate-limited', 'too many', { retryable: true })
    link.failures.push(Object.assign(limited, { retryAfterMs: 30_000 }))
    nowMs += 1_000
    outbox.heard(withAlice)
    await eventually(() => expect(outcomes).toEqual(['parked']))
    expect(texts()).toEqual(['one'])
    expect(await store.rest()).toMatchObject({ untilMs: nowMs + hourMs, refusals: 6 })
  })

  it('ends with a login to another backend', async () => {
    outbox.detach()
    await outbox.attach(link, true)
    await eventually(() => expect(texts().toSorted()).toEqual(['one', 'two']))
    expect(await store.rest()).toBeUndefined()
  })
})

describe('a conversation is drained', () => {
  const { signal } = new AbortController()

  it('when the account comes online and nothing waits', async () => {
    const drained = vi.fn()
    const waiting = outbox.drained(withAlice, signal).then(drained)
    await settled()
    expect(drained).not.toHaveBeenCalled()
    await outbox.attach(link)
    await waiting
  })

  it('when what waits is sent, without looking again and again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    vi.spyOn(link, 'sendText').mockReturnValueOnce(promise)
    await outbox.attach(link)
    await enqueue(withAlice, 'one')
    const looks = vi.spyOn(store, 'nextToSend')
    const drained = vi.fn()
    const waiting = outbox.drained(withAlice, signal).then(drained)
    await new Promise((done) => setTimeout(done, 300))
    expect(drained).not.toHaveBeenCalled()
    expect(looks.mock.calls.length).toBeLessThan(3)
    resolve()
    await waiting
  })

  it('when all that is left has to wait for the person', async () => {
    await outbox.attach(link)
    link.failures.push(new MoltbotError('quota', 'used up', { retryable: true }))
    await enqueue(withAlice, 'one')
    await outbox.drained(withAlice, signal)
    expect(outcomes).toEqual(['parked'])
  })

  it('not while the backend wants to be left alone', async () => {
    await outbox.attach(link)
    const limited = new MoltbotError('rate-limited', 'too many', { retryable: true })
    link.failures.push(Object.assign(limited, { retryAfterMs: 30_000 }))
    await enqueue(withAlice, 'one')
    await eventually(() => expect(outcomes).toEqual(['parked']))
    await enqueue(withAlice, 'two')
    const looks = vi.spyOn(store, 'nextToSend')
    const stopping = new AbortController()
    const drained = vi.fn()
    const waiting = outbox.drained(withAlice, stopping.signal).then(drained)
    await new Promise((done) => setTimeout(done, 100))
    expect(drained).not.toHaveBeenCalled()
    expect(looks.mock.calls.length).toBeLessThan(5)
    stopping.abort()
    await waiting
  })
})
