/** An outbox over a real store and a link that fails on demand, with a clock of its own. */

import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { AccountEvent, Conversation } from '@moltbot/channel-sdk'
import { vi } from 'vitest'
import type { AccountLink, LocalFile } from '../src/model/link.ts'
import type { OutboxRow, OutboxText } from '../src/model/outbox.ts'
import type { ReplyLanguage } from '../src/outbound/notices.ts'
import { Outbox } from '../src/outbound/outbox.ts'
import { Silence } from '../src/outbound/silence.ts'
import { folderBlobs } from '../src/store/blobs.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import type { AccountStore, Store } from '../src/store/store.ts'
import { alice, messageFrom, recordingLog, temporaryFolder, withAlice } from './samples.ts'

const account = {
  id: 'default',
  maxReplyAgeMs: { direct: 24 * 60 * 60_000, group: 30 * 60_000 },
} as const
export const withBob: Conversation = { kind: 'direct', id: 'bob' }

/** A link that records its calls and fails on demand. */
export class FakeLink implements AccountLink {
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

export class OutboxStage {
  readonly #whole: Store
  readonly #folder: string
  store: AccountStore
  outbox: Outbox
  readonly link = new FakeLink()
  nowMs = 1_000_000
  /** What became of each attempt, as the host counts it. */
  readonly outcomes: string[] = []
  /** Whether the account fell silent, or is well again. */
  readonly silences: boolean[] = []
  mayAct = true
  #moveTimesInMemory: (byMs: number) => void = () => undefined

  private constructor(folder: string, whole: Store, store: AccountStore) {
    this.#folder = folder
    this.#whole = whole
    this.store = store
    this.outbox = this.newOutbox()
  }

  static async open(): Promise<OutboxStage> {
    const folder = temporaryFolder()
    const whole = openSqliteStore(join(folder, 'store.sqlite')).store
    return new OutboxStage(folder, whole, await whole.openAccount('default', 'test'))
  }

  async close(): Promise<void> {
    vi.restoreAllMocks()
    vi.useRealTimers()
    await this.outbox.stop(100)
    await this.#whole.close()
  }

  newOutbox(replyLanguage: ReplyLanguage = 'en'): Outbox {
    const report = (event: AccountEvent) => {
      if (event.type === 'send') this.outcomes.push(event.outcome)
    }
    return new Outbox({
      account: { ...account, replyLanguage },
      store: this.store,
      blobs: folderBlobs(this.#folder, 'test'),
      textLimit: () => 75,
      report,
      mayAct: () => this.mayAct,
      silence: new Silence({
        onChange: (isSilent) => void this.silences.push(isSilent),
        note: (state) => this.store.noteSilence(state),
      }),
      log: recordingLog(),
      now: () => this.nowMs,
      onClockSet: (moveTimes) => {
        this.#moveTimesInMemory = moveTimes
        return () => undefined
      },
    })
  }

  /** The store is opened again, as the next run of the account does it. */
  async nextRun(): Promise<void> {
    this.store = await this.#whole.openAccount('default', 'next')
    this.outbox = this.newOutbox()
  }

  setClock(byMs: number): Promise<void> {
    return this.#whole.moveTimes(byMs, () => {
      this.nowMs += byMs
      this.#moveTimesInMemory(byMs)
    })
  }

  async enqueue(conversation: Conversation, ...chunks: string[]): Promise<void> {
    const entry = { groupId: chunks.join(), parts: chunks.map((text) => ({ text })) }
    await this.store.enqueue(conversation, entry, this.nowMs)
    this.outbox.wake(conversation)
  }

  async theyWrite(id = 'm1'): Promise<void> {
    const message = messageFrom(alice, id)
    await this.store.accept(message, this.nowMs)
    await this.store.decide(message, { state: 'dispatched', reason: 'dm-open' }, this.nowMs)
  }

  async copy() {
    const blobs = folderBlobs(this.#folder, 'test')
    const limit = { maxBytes: 100, signal: new AbortController().signal }
    const blob = await blobs.put(Readable.from([Buffer.from('content')]), limit)
    return { file: { blob, name: 'answer.md' }, path: await blobs.path(blob) }
  }

  async commitReply(attempt: boolean, ...answer: string[]): Promise<OutboxRow | undefined> {
    await this.theyWrite()
    const turn = await this.store.claimTurn(withAlice, 'all', { messages: 1, history: 0 })
    const parts = answer.map((text) => ({ text }))
    return turn && this.store.commitReply(turn, { parts }, { nowMs: this.nowMs, attempt })
  }

  readonly texts = () => this.link.sent.map(({ text }) => text)
  readonly counts = () => this.store.outboxCounts()
}

/** Long enough for a worker that has nothing to send to end. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
}
