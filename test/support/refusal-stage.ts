/**
 * The way of an answer to WeChat with a clock that the test moves: the real store, outbox and iLink puppet on a simulated
 * backend. Only the model and the turns are left out.
 */

import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type ControlClient, controlClient, type Simulator, startSimulator } from 'ilink-simulator'
import { PuppetILink } from 'wechaty-puppet-ilink'
import type { AccountLink } from '../../extensions/wechat/src/model/link.ts'
import type { OutboxPart, OutboxPurpose, OutboxRow } from '../../extensions/wechat/src/model/outbox.ts'
import { Outbox } from '../../extensions/wechat/src/outbound/outbox.ts'
import { Silence } from '../../extensions/wechat/src/outbound/silence.ts'
import { type Blobs, folderBlobs } from '../../extensions/wechat/src/store/blobs.ts'
import type { AccountStore } from '../../extensions/wechat/src/store/store.ts'
import { puppetLink } from '../../extensions/wechat/src/wechaty/puppet-link.ts'
import { messageFrom, recordingLog } from '../../extensions/wechat/test/samples.ts'
import { until } from './process.ts'
import type { OpenedStore, StoreKind } from './stores.ts'

export type Kind = 'short text' | 'long text' | 'image' | 'file'
export type Purpose = Exclude<OutboxPurpose, 'loss'>

interface Attempt {
  readonly groupId: string
  readonly clientId: string
}

const account = {
  id: 'default',
  replyLanguage: 'en',
  maxReplyAgeMs: { direct: 24 * 60 * 60_000, group: 30 * 60_000 },
} as const
/** People before the present one who are still looked after. */
const latest = 3
const personOf = (n: number) => `o9Person${n}@im.wechat`
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

export class RefusalStage {
  readonly control: ControlClient
  /** Whether the account fell silent, or is well again. */
  readonly silences: boolean[] = []
  /** When the backend said that there are too many messages, by the test's clock. */
  readonly refusedAtMs: number[] = []
  readonly #folder: string
  readonly #simulator: Simulator
  readonly #botId: string
  readonly #puppet: PuppetILink
  readonly #opened: OpenedStore
  #store: AccountStore
  readonly #blobs: Blobs
  #outbox: Outbox
  readonly #ended = new AbortController()
  readonly #attempts: Attempt[] = []
  readonly #underWay = new Set<Promise<unknown>>()
  #nowMs = Date.now()
  #people = 0
  #messages = 0

  static async open(
    storeKind: StoreKind,
    settings: Parameters<typeof startSimulator>[0] = {},
  ): Promise<RefusalStage> {
    const simulator = await startSimulator({ holdMs: 2_000, ...settings })
    const control = controlClient(simulator.controlUrl)
    const { token, botId } = await control.account()
    const folder = mkdtempSync(join(tmpdir(), 'moltbot-refusals-'))
    const urls = { baseUrl: simulator.url, cdnBaseUrl: simulator.cdnUrl, loginBaseUrl: simulator.url }
    const puppet = new PuppetILink({ ...urls, token, emitOwnMessages: false })
    await puppet.start()
    await until(() => puppet.isLoggedIn || undefined)
    const opened = await storeKind.open(folder)
    const store = await opened.store.openAccount(account.id, 'test')
    const stage = new RefusalStage(folder, simulator, botId, puppet, opened, store)
    await stage.#begin()
    return stage
  }

  private constructor(
    folder: string,
    simulator: Simulator,
    botId: string,
    puppet: PuppetILink,
    opened: OpenedStore,
    store: AccountStore,
  ) {
    this.control = controlClient(simulator.controlUrl)
    this.#folder = folder
    this.#simulator = simulator
    this.#botId = botId
    this.#puppet = puppet
    this.#opened = opened
    this.#store = store
    this.#blobs = folderBlobs(join(folder, 'outgoing'), 'test')
    this.#outbox = this.#newOutbox()
  }

  /** Goes on as a gateway that was killed and started again: the new one knows what is stored. */
  async restart(): Promise<void> {
    await this.#outbox.stop(1_000)
    this.#store = await this.#opened.store.openAccount(account.id, 'the next run')
    this.#outbox = this.#newOutbox()
    await this.#begin()
  }

  #newOutbox(): Outbox {
    const track = (work: Promise<unknown>) => this.#track(work)
    const store = tracked(this.#store, track)
    return new Outbox({
      account,
      store,
      blobs: tracked(this.#blobs, track),
      textLimit: () => 2_000,
      report: () => undefined,
      silence: new Silence({
        onChange: (isSilent) => void this.silences.push(isSilent),
        note: (state) => store.noteSilence(state),
      }),
      log: recordingLog(),
      now: () => this.#nowMs,
    })
  }

  async #begin(): Promise<void> {
    await this.#outbox.restore()
    await this.#outbox.attach(this.#link())
  }

  async close(): Promise<void> {
    await this.#outbox.stop(1_000)
    this.#ended.abort()
    await this.#puppet.stop()
    await this.#opened.close()
    await this.#simulator.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Goes on with another person; the names of parts belong to one. */
  nextPerson(): void {
    this.#people++
  }

  async personWrites(): Promise<void> {
    const received = once(this.#puppet, 'message')
    await this.control.inbound({ botId: this.#botId, from: this.#person, text: 'hello' })
    await received
    const message = messageFrom(this.#person, `m${this.#messages++}`)
    await this.#store.accept(message, this.#nowMs)
    const decision = { state: 'dispatched', reason: 'dm-open' } as const
    const decided = await this.#store.decide(message, decision, this.#nowMs)
    this.#outbox.heard(this.#conversation, decided?.partsWait === true)
    await this.#wake()
  }

  async send(kind: Kind, purpose: Purpose, name: string): Promise<void> {
    const entry = { groupId: this.#groupId(name), parts: [await this.#part(kind, name)], purpose }
    await this.#store.enqueue(this.#conversation, entry, this.#nowMs)
    await this.#wake()
  }

  /** Moves the clocks of the outbox and of the backend, in steps after each of which the outbox looks what is due. */
  async pass(ms: number, stepMs = ms): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      this.#nowMs += stepMs
      await this.control.advanceClock(stepMs)
      await this.#wake()
    }
  }

  /** The stored part, as long as it is not sent. */
  async row(name: string): Promise<OutboxRow> {
    const groupId = this.#groupId(name)
    const waiting = await this.#store.listOutbox({ which: 'waiting' })
    const givenUp = await this.#store.listOutbox({ which: 'failed' })
    const row = [...waiting, ...givenUp].find((one) => one.groupId === groupId)
    if (row === undefined) throw new Error(`there is no row "${name}"`)
    return row
  }

  /** How often the part was handed to the puppet. */
  attempts(name: string): number {
    return this.#attemptsOf(name).length
  }

  /** How often the person's phone shows it. */
  async arrivals(name: string): Promise<number> {
    const ids = new Set(this.#attemptsOf(name).map(({ clientId }) => clientId))
    return (await this.control.sent({ botId: this.#botId })).filter(({ clientId }) => ids.has(clientId))
      .length
  }

  /** How many messages people's phones show. */
  async shown(): Promise<number> {
    return (await this.control.sent({ botId: this.#botId })).length
  }

  /** How many messages the puppet has handed to the backend. */
  async requests(): Promise<number> {
    return (await this.control.requests()).filter(({ path }) => path.endsWith('/sendmessage')).length
  }

  get #person(): string {
    return personOf(this.#people)
  }

  get #conversation() {
    return { kind: 'direct', id: this.#person } as const
  }

  #groupId(name: string): string {
    return `${this.#people}/${name}`
  }

  #attemptsOf(name: string): Attempt[] {
    return this.#attempts.filter(({ groupId }) => groupId === this.#groupId(name))
  }

  /** The text or the file's name begins with the group id, by which the link recognises it. */
  async #part(kind: Kind, name: string): Promise<OutboxPart> {
    const text = `${this.#groupId(name)} `
    if (kind === 'short text') return { text }
    if (kind === 'long text') return { text: text.padEnd(2_000, 'x') }
    const content = kind === 'image' ? png : Buffer.from('plain words')
    const limit = { maxBytes: 1_000, signal: this.#ended.signal }
    const blob = await this.#blobs.put(Readable.from([content]), limit)
    return { file: { blob, name: `${text}.${kind === 'image' ? 'png' : 'txt'}` } }
  }

  /** The real link, whose sends are counted. */
  #link(): AccountLink {
    const real = puppetLink(this.#puppet, this.#ended.signal)
    return {
      ...real,
      sendText: (to, part, clientId, signal) =>
        this.#counted(part.text, clientId, real.sendText(to, part, clientId, signal)),
      sendFile: (to, file, clientId, signal) =>
        this.#counted(file.name, clientId, real.sendFile(to, file, clientId, signal)),
    }
  }

  #counted(label: string, clientId: string, work: Promise<void>): Promise<void> {
    this.#attempts.push({ groupId: label.split(' .')[0]?.trimEnd().replace(/ x+$/, '') ?? '', clientId })
    const done = work.catch((error: unknown) => {
      if (Reflect.get(Object(error), 'code') === 'rate-limited') this.refusedAtMs.push(this.#nowMs)
      throw error
    })
    this.#track(done)
    return done
  }

  #track(work: Promise<unknown>): void {
    const settled: Promise<unknown> = work.catch(() => undefined).then(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
  }

  /** Ends when nothing that is due is left: the outbox waits for nothing but the store, the blobs and the link. */
  async #wake(): Promise<void> {
    for (let n = Math.max(0, this.#people - latest); n <= this.#people; n++)
      this.#outbox.wake({ kind: 'direct', id: personOf(n) })
    for (let quiet = 0; quiet < 20; quiet++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#underWay.size === 0) continue
      await Promise.all(this.#underWay)
      quiet = 0
    }
  }
}

/** `real`, whose promises are passed to `track`. */
function tracked<T extends object>(real: T, track: (work: Promise<unknown>) => void): T {
  return new Proxy(real, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(member, target, args)
        if (result instanceof Promise) track(result)
        return result
      }
    },
  })
}
