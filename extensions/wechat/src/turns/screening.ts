/**
 * Decides again on the messages of a turn, by the rules and approvals of that moment: when the turn starts, which may be
 * long after they came, when its answer is finished, and whenever approvals have changed. It also bounds how many turns a conversation has within an hour,
 * since two bots may write to each other.
 */

import { type Logger, MoltbotError } from '@moltbot/channel-sdk'
import { type Gate, isRefusal } from '../inbound/gate.ts'
import { conversationKey } from '../model/conversation.ts'
import type { InboundMessage } from '../model/message.ts'
import { turnsPerHourReason } from '../policy/decision.ts'
import type { AccountStore, ClaimedTurn } from '../store/store.ts'

export interface ScreeningOptions {
  readonly gate: Pick<Gate, 'decide'>
  readonly store: Pick<AccountStore, 'takeOut' | 'answersWaiting'>
  /** Takes back what is not sent yet of the answer of a turn. */
  readonly takeBackAnswer: (turnId: string, reason: string) => Promise<void>
  /** Turns of such a conversation within an hour. */
  readonly turnsPerHour: (kind: ClaimedTurn['conversation']['kind']) => number
  /** Called once within an hour for a conversation that has had that many turns. */
  readonly onRest: (turn: ClaimedTurn, turns: number) => Promise<void>
  readonly log: Logger
  readonly now: () => number
}

/** Ends a turn whose sender is not admitted any more. Blocks that were sent before stay sent. */
export const lockedOut = new MoltbotError('turn-refused', 'the sender is not admitted any more')

export const hourMs = 60 * 60_000

export class Screening {
  readonly #options: ScreeningOptions
  /** When each conversation was last told that it rests. */
  readonly #toldMs = new Map<string, number>()
  /** What ends each turn that runs. */
  readonly #running = new Map<ClaimedTurn, AbortController>()

  constructor(options: ScreeningOptions) {
    this.#options = options
  }

  /**
   * The turn with those messages that are to be answered now, and without history of people who are not admitted any more.
   * Undefined: there is nothing to answer.
   * @throws what the store and the host's pairing throw
   */
  async begin(turn: ClaimedTurn): Promise<ClaimedTurn | undefined> {
    const messages = await this.#stillDispatched(turn.messages)
    if (messages.length === 0 || (await this.#rests({ ...turn, messages }))) return undefined
    const history: InboundMessage[] = []
    for (const message of turn.history) {
      if (!isRefusal(await this.#options.gate.decide(message))) history.push(message)
    }
    return { ...turn, messages, history }
  }

  /** Whether everyone to whom the turn answers is still admitted. If not, its messages are refused. @throws as `begin` */
  async holds({ messages }: ClaimedTurn): Promise<boolean> {
    const reason = await this.#refusalOf(messages)
    if (reason !== undefined) await this.#options.store.takeOut(messages, 'refused', reason)
    return reason === undefined
  }

  /** Runs a turn. Its signal aborts with {@link lockedOut} when `recheck` finds that it does not hold any more. */
  async run<Result>(
    turn: ClaimedTurn,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const over = new AbortController()
    this.#running.set(turn, over)
    try {
      return await work(AbortSignal.any([signal, over.signal]))
    } finally {
      this.#running.delete(turn)
    }
  }

  /** Ends the turns of people who are not admitted any more, and takes back what waits of answers to them. @throws as `begin` */
  async recheck(): Promise<void> {
    const { store, takeBackAnswer } = this.#options
    for (const [turn, over] of this.#running) if (!(await this.holds(turn))) over.abort(lockedOut)
    for (const { turnId, messages } of await store.answersWaiting()) {
      const reason = await this.#refusalOf(messages)
      if (reason !== undefined) await takeBackAnswer(turnId, reason)
    }
  }

  /** Why one of the messages is refused now; undefined: none is. */
  async #refusalOf(messages: readonly InboundMessage[]): Promise<string | undefined> {
    for (const message of messages) {
      const decision = await this.#options.gate.decide(message)
      if (!isRefusal(decision)) continue
      this.#log(message, decision.reason, 'An answer is not sent: its sender is not admitted any more')
      return decision.reason
    }
    return undefined
  }

  async #stillDispatched(messages: readonly InboundMessage[]): Promise<InboundMessage[]> {
    const { gate, store } = this.#options
    const kept: InboundMessage[] = []
    for (const message of messages) {
      const decision = await gate.decide(message)
      if (decision.action === 'dispatch') {
        kept.push(message)
        continue
      }
      await store.takeOut([message], isRefusal(decision) ? 'refused' : 'recorded', decision.reason)
      this.#log(message, decision.reason, 'A message that waited is not answered: the rules have changed')
    }
    return kept
  }

  async #rests(turn: ClaimedTurn): Promise<boolean> {
    const { store, turnsPerHour, onRest } = this.#options
    const { conversation, messages, turnsBefore: turns = 0 } = turn
    if (turns < turnsPerHour(conversation.kind)) return false
    await store.takeOut(messages, 'recorded', turnsPerHourReason)
    if (this.#isFirstInHour(conversationKey(conversation))) await onRest(turn, turns)
    return true
  }

  #isFirstInHour(key: string): boolean {
    const nowMs = this.#options.now()
    for (const [told, atMs] of this.#toldMs) if (nowMs - atMs >= hourMs) this.#toldMs.delete(told)
    if (this.#toldMs.has(key)) return false
    this.#toldMs.set(key, nowMs)
    return true
  }

  #log({ id, conversation, sender }: InboundMessage, reason: string, message: string): void {
    const fields = {
      messageId: id,
      kind: conversation.kind,
      conversation: conversation.id,
      sender: sender.id,
    }
    this.#options.log.info({ event: 'message.withdrawn', ...fields, reason }, message)
  }
}
