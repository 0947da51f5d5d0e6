/** The workplace of one case: a fresh puppet, what it emitted so far, and the steps that most cases share. */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Puppet, payloads } from 'wechaty-puppet'
import { within } from './deadline.ts'
import { EventLog } from './events.ts'
import {
  type ContractTimeouts,
  defaultTimeouts,
  type PuppetHarness,
  type PuppetUnderTest,
} from './harness.ts'
import { soleId } from './shapes.ts'

export interface ReceivedMessage {
  readonly id: string
  readonly payload: payloads.Message
  /** Its position among the events. */
  readonly at: number
}

const pollMs = 5

/** Nothing else in the backend says this. */
export const uniqueText = () => `contract ${randomUUID()}`

export class Bench {
  readonly harness: PuppetHarness
  readonly timeouts: ContractTimeouts
  readonly subject: PuppetUnderTest
  readonly events: EventLog
  #successor: Bench | undefined

  private constructor(harness: PuppetHarness, subject: PuppetUnderTest) {
    this.harness = harness
    this.timeouts = { ...defaultTimeouts, ...harness.timeouts }
    this.subject = subject
    this.events = new EventLog(subject.puppet, this.timeouts.answerMs)
  }

  static async open(harness: PuppetHarness): Promise<Bench> {
    return new Bench(harness, await harness.create())
  }

  get puppet(): Puppet {
    return this.subject.puppet
  }

  async start(): Promise<void> {
    await within(this.puppet.start(), this.timeouts.startMs, 'start()')
  }

  async stop(): Promise<void> {
    await within(this.puppet.stop(), this.timeouts.stopMs, 'stop()')
  }

  /** Has a person log in, and resolves with the contact id once the puppet has said so. */
  async login(from = 0): Promise<string> {
    await this.answer(this.subject.login(), 'login() of the harness')
    return soleId('login', await this.events.payload('login', from), 'contactId')
  }

  /** Starts and logs in; resolves with the contact id of the user. */
  async online(): Promise<string> {
    await this.start()
    return this.login()
  }

  /** Has the peer write `text` and resolves with the message that the puppet made of it. */
  async receive(text = uniqueText()): Promise<ReceivedMessage> {
    const from = this.events.list.length
    await this.peerSays(text)
    return this.messageWithText(text, from)
  }

  async peerSays(text: string): Promise<void> {
    const said = this.subject.receiveText({ from: this.subject.peerId, text })
    await this.answer(said, 'receiveText() of the harness')
  }

  /** The first message event at or after `from` whose payload has that text. Rejects when none has come in time. */
  async messageWithText(text: string, from = 0): Promise<ReceivedMessage> {
    let payload: payloads.Message | undefined
    const at = await this.events.find(
      `a message with the text '${text}'`,
      async (event) => {
        if (event.name !== 'message') return false
        payload = await this.puppet.messagePayload(soleId('message', event.payload, 'messageId'))
        return payload.text === text
      },
      from,
    )
    if (!payload) throw new Error('a message was found without its payload')
    return { id: soleId('message', this.events.list[at]?.payload, 'messageId'), payload, at }
  }

  /** Bounds a call that has to be answered soon. */
  async answer<T>(work: Promise<T>, what: string): Promise<T> {
    return within(work, this.timeouts.answerMs, what)
  }

  /** Resolves once `condition` holds. Rejects when it does not in time. */
  async until(condition: () => boolean, what: string): Promise<void> {
    let gaveUp = false
    const wait = async () => {
      while (!condition() && !gaveUp) await delay(pollMs)
    }
    await this.answer(wait(), what).finally(() => {
      gaveUp = true
    })
  }

  /** A bench with a new puppet on the stored session of this one, which is stopped. Closed with this one. */
  async restart(): Promise<Bench> {
    if (!this.subject.restart) throw new Error('the harness gives no restart()')
    await this.stop()
    const subject = await this.answer(this.subject.restart(), 'restart() of the harness')
    this.#successor = new Bench(this.harness, subject)
    return this.#successor
  }

  async close(): Promise<void> {
    if (this.#successor) return this.#successor.close()
    try {
      if (!this.puppet.state.inactive()) await this.stop()
    } finally {
      await this.answer(this.subject.dispose(), 'dispose() of the harness')
    }
  }
}

/** Runs a case on a bench of its own and clears it up. Rejects with what the case or the clearing failed with. */
export async function runOnBench(
  harness: PuppetHarness,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  const bench = await Bench.open(harness)
  const failures: unknown[] = []
  const note = (error: unknown) => failures.push(error)
  await run(bench).catch(note)
  await bench.close().catch(note)
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
  if (failures.length === 1) throw failures[0]
}
