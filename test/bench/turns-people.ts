/**
 * The people of `turns.ts`: they write to their bots over the simulator's control API and note how long each answer
 * took, by the clock of the simulator, which is this machine's.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { ControlClient } from 'ilink-simulator'
import type { Dice } from '../chaos/dice.ts'

/** What the model answers to everything. */
export const replyText = 'fine'

export interface Answer {
  /** When it was sent, in milliseconds since the epoch. */
  readonly atMs: number
  /** Since its message was written. */
  readonly tookMs: number
}

/** A turn that takes longer than this has failed. */
const defaultPatienceMs = 20_000
const askMs = 20_000

export class People {
  readonly #control: ControlClient
  /** When the message was written that each bot has not answered yet. */
  readonly #written = new Map<string, number>()
  readonly #answers: Answer[] = []
  readonly #patienceMs: number
  #lastSeq = 0

  /** @param control of a simulator in which nothing was sent yet, or whose latest message has `lastSeq` */
  constructor(control: ControlClient, lastSeq = 0, patienceMs = defaultPatienceMs) {
    this.#control = control
    this.#lastSeq = lastSeq
    this.#patienceMs = patienceMs
  }

  get waiting(): number {
    return this.#written.size
  }

  /** How many answers have come so far. */
  get answered(): number {
    return this.#answers.length
  }

  isWaiting(botId: string): boolean {
    return this.#written.has(botId)
  }

  /** Answers sent from `fromMs` on and before `toMs`. */
  answers(fromMs: number, toMs: number): Answer[] {
    return this.#answers.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
  }

  /** One message to each bot, which has none to answer. */
  async write(botIds: readonly string[], writtenMs = Date.now()): Promise<void> {
    if (botIds.length === 0) return
    for (const botId of botIds) this.#written.set(botId, writtenMs)
    await this.#control.inboundBatch(botIds.map((botId) => ({ botId, text: 'ping' })))
  }

  /** Waits for the next answers. @returns which bots gave them @throws when none comes, or one that is no answer */
  async hear(): Promise<string[]> {
    for (const endMs = Date.now() + this.#patienceMs; Date.now() < endMs; ) {
      const heard = await this.hearWithin(askMs)
      if (heard.length > 0) return heard
    }
    throw new Error(`no answer within ${this.#patienceMs} ms, ${this.waiting} messages wait for one`)
  }

  /** As `hear`; returns none where none comes in that time. */
  async hearWithin(waitMs: number): Promise<string[]> {
    const sent = await this.#control.sent({ after: this.#lastSeq, waitMs })
    for (const { seq, botId, atMs, items } of sent) {
      this.#lastSeq = seq
      if (!JSON.stringify(items).includes(`"${replyText}"`)) throw new Error(JSON.stringify(items))
      this.#answers.push({ atMs, tookMs: atMs - (this.#written.get(botId) ?? Number.NaN) })
      this.#written.delete(botId)
    }
    return sent.map(({ botId }) => botId)
  }

  /** Waits until every message has its answer. */
  async rest(): Promise<void> {
    while (this.waiting > 0) await this.hear()
  }
}

/** Each bot's person writes again when the answer has come, until `signal` fires; ends when all have theirs. */
export async function closedLoop(
  people: People,
  botIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await people.write(botIds)
  while (!signal.aborted) {
    const answered = await people.hear()
    // With many people, more answers come meanwhile, and one request carries the next messages of all of them.
    if (botIds.length > 1) await sleep(manyPeopleRestMs)
    await people.write(answered)
  }
  await people.rest()
}

const manyPeopleRestMs = 4

/** Messages at random moments, so many a second, until `signal` fires; ends when all are answered. */
export async function openLoop(
  people: People,
  botIds: readonly string[],
  { perSecond, dice, signal }: { perSecond: number; dice: Dice; signal: AbortSignal },
): Promise<void> {
  const ended = new AbortController()
  const listening = listen(people, ended.signal)
  let dueMs = Date.now()
  for (let n = 0; !signal.aborted; n++) {
    dueMs += (-Math.log(1 - dice.roll()) * 1_000) / perSecond
    if (dueMs > Date.now()) await sleep(dueMs - Date.now())
    const next = n % botIds.length
    const botId = [...botIds.slice(next), ...botIds.slice(0, next)].find((id) => !people.isWaiting(id))
    if (botId !== undefined) await people.write([botId], dueMs)
  }
  ended.abort()
  await listening
  await people.rest()
}

async function listen(people: People, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await people.hearWithin(listenMs)
}

const listenMs = 250

/** One turn after the other, each `restMs` after the answer to the one before. */
export async function oneByOne(people: People, botId: string, turns: number, restMs: number): Promise<void> {
  for (let n = 0; n < turns; n++) {
    await people.write([botId])
    await people.rest()
    if (restMs > 0) await sleep(restMs)
  }
}
