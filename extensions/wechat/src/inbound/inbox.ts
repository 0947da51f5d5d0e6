/**
 * Processes a received message: passes it through the gate, stores it, and then queues a turn, sends a pairing code, runs a
 * command, or stores why the message is not answered. The text of a message that is refused is never stored,
 * but for its beginning in a pairing request (`pairingPreview`).
 */

import type { ChannelHost, Logger, Notice, PairingStore } from '@moltbot/channel-sdk'
import { messageOf, pause, withDeadline } from '@moltbot/channel-sdk'
import pLimit from 'p-limit'
import type { ResolvedAccount } from '../config/resolve.ts'
import { type InboundMessage, loginOf } from '../model/message.ts'
import type { OutboxEntry } from '../model/outbox.ts'
import { inLanguage, pairingNotice } from '../outbound/notices.ts'
import type { Command } from '../policy/commands.ts'
import type { Decision, Step } from '../policy/decision.ts'
import { type AccountStore, type JournalDecision, type Refusal, storeRetryMs } from '../store/store.ts'
import type { Webhooks } from '../webhooks/webhooks.ts'
import { type Arrival, arrivalOf } from './arrival.ts'
import { type Gate, type GateDecision, isRefusal, withoutWords } from './gate.ts'
import { limitMessage } from './limit-message.ts'

export interface InboxOptions {
  readonly account: ResolvedAccount
  readonly store: AccountStore
  readonly gate: Pick<Gate, 'explain'>
  readonly pairing: Pick<PairingStore, 'request'>
  /** UTF-16 units of a message that are read as its text. */
  readonly messageChars: () => number
  /** Wakes the lane in which a message is queued for its turn. */
  readonly lanes: {
    wake(conversation: InboundMessage['conversation'], arrival?: Arrival): void
  }
  /** Events of messages that are not refused. Absent: no program is told. */
  readonly webhooks?: Pick<Webhooks, 'received' | 'wake'>
  /** Called when the person has written, or when there is something to send to them. @param partsWait something waits to be sent */
  readonly wakeOutbox: (message: InboundMessage, partsWait: boolean) => void
  /** Called with a message whose text must not be stored anywhere. */
  readonly onRefused: (message: InboundMessage) => void
  /** @returns the answer to the person */
  readonly runCommand: (command: Command, message: InboundMessage) => Promise<Notice>
  readonly report: ChannelHost['report']
  readonly log: Logger
  readonly now: () => number
  /** Aborted when the account is being stopped. Accepted messages are processed at the next start. */
  readonly stopping: AbortSignal
}

/** Most messages in memory between arrival and decision. Further messages wait, and are not acknowledged to the backend. */
const maxPassing = 1_000
/** A message on which the host takes longer to decide is stored first. */
const decisionDeadlineMs = 1_000

export class Inbox {
  readonly #options: InboxOptions
  readonly #places = pLimit(maxPassing)
  /** Decisions are made one after another, in the order of arrival. */
  #gate: Promise<unknown> = Promise.resolve()
  /** Resolves when all decisions so far are stored. Separate from `#gate`, so that many decisions share one commit. */
  #stored: Promise<unknown> = Promise.resolve()
  /** Keys of the messages in the gate, which `resume` also finds undecided in the journal. */
  readonly #inGate = new Set<string>()
  #isRetrying = false
  /** Other accounts of this gateway that have written; there are at most as many as accounts. */
  readonly #ownBotsMet = new Set<string>()

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Number of messages that are not decided yet. */
  get busy(): number {
    return this.#places.activeCount + this.#places.pendingCount
  }

  /** Resolves when the message, or that it was refused, is stored. The backend may forget it after that. */
  accept(message: InboundMessage): Promise<void> {
    const kept = Promise.withResolvers<void>()
    const limited = limitMessage(message, this.#options.messageChars())
    void this.#places(() => this.#enterGate(limited, kept))
    return kept.promise
  }

  /** Processes messages that a crash, a stop or a failure left undecided or unanswered. */
  async resume(): Promise<void> {
    const { store, lanes } = this.#options
    for (const message of await store.undecided()) {
      if (!this.#inGate.has(keyOf(message))) void this.#enterGate(message)
    }
    for (const conversation of await store.conversationsToAnswer()) lanes.wake(conversation)
  }

  /** Resolves when no message is in the gate. */
  async ended(): Promise<void> {
    await this.#stored
  }

  async #keep(message: InboundMessage): Promise<boolean> {
    const { store, log, now } = this.#options
    const result = await store.accept(message, now())
    if (result === 'duplicate') log.debug(about(message), 'Duplicate message ignored')
    return result === 'accepted'
  }

  /**
   * Resolves when the decision is stored or has failed. A command is run after all earlier decisions are stored, and before
   * any later message is decided.
   * @param arrival of a message that is not in the journal yet: settled when it is, or when it cannot be stored
   */
  #enterGate(message: InboundMessage, arrival?: PromiseWithResolvers<void>): Promise<void> {
    const before = this.#stored
    this.#inGate.add(keyOf(message))
    const decided = this.#gate.then(() => this.#options.gate.explain(message))
    const done = this.#pass(message, decided, { before, arrival })
      .catch((error: unknown) => this.#fail(message, error))
      .finally(() => this.#inGate.delete(keyOf(message)))
    this.#stored = before.then(() => done)
    this.#gate = decided.then(
      ({ decision }) => (decision.command === undefined ? undefined : done),
      () => undefined,
    )
    return done
  }

  async #pass(
    message: InboundMessage,
    decided: Promise<GateDecision>,
    { before, arrival }: { before: Promise<unknown>; arrival: PromiseWithResolvers<void> | undefined },
  ): Promise<void> {
    const isOpen = arrival === undefined || (await this.#arrive(message, decided, arrival))
    if (!isOpen) return
    const { decision, steps } = await decided
    if (decision.command !== undefined) await before
    await this.#store(decision, steps, message)
    this.#announce(decision, message)
  }

  /**
   * Stores a message that came, with as much of it as the decision permits. A message on which no decision was made in
   * time is stored whole until there is one.
   * @returns whether the decision is still to be stored
   */
  async #arrive(
    message: InboundMessage,
    decided: Promise<GateDecision>,
    arrival: PromiseWithResolvers<void>,
  ): Promise<boolean> {
    try {
      const inTime = await withDeadline(() => decided, { ms: decisionDeadlineMs }).catch(() => undefined)
      const { decision, steps = [] } = inTime ?? {}
      if (decision !== undefined && isStoredAtOnce(decision)) {
        const isNew = await this.#storeAtOnce(decision, steps, message)
        arrival.resolve()
        if (isNew) this.#announce(decision, message)
        return false
      }
      const isOpen = await this.#keep(decision && isRefusal(decision) ? withoutWords(message) : message)
      arrival.resolve()
      return isOpen
    } catch (error) {
      arrival.reject(error)
      return false
    }
  }

  /** The message is still in the journal as accepted, so it is decided again later. */
  #fail(message: InboundMessage, error: unknown): void {
    const { log, stopping } = this.#options
    if (stopping.aborted) return
    log.error({ ...about(message), error: messageOf(error) }, 'Deciding on a message failed; retrying')
    void this.#resumeLater()
  }

  async #resumeLater(): Promise<void> {
    const { log, stopping } = this.#options
    if (this.#isRetrying) return
    this.#isRetrying = true
    while (await pause(storeRetryMs, stopping)) {
      try {
        await this.resume()
        break
      } catch (error) {
        log.error({ error: messageOf(error) }, 'The journal could not be read')
      }
    }
    this.#isRetrying = false
  }

  #announce(decision: Decision, message: InboundMessage): void {
    const { account, log, report, onRefused } = this.#options
    log.info({ ...about(message), ...decision, event: 'message.decided' }, 'Message received')
    report({ type: 'message', accountId: account.id, action: decision.action, reason: decision.reason })
    if (isRefusal(decision)) onRefused(message)
    if (decision.reason === 'dm-own-bot' || decision.reason === 'group-own-bot') this.#reportOwnBot(message)
  }

  /** Once for each, since the other bot may go on. */
  #reportOwnBot(message: InboundMessage): void {
    const { id } = message.sender
    if (this.#ownBotsMet.has(id)) return
    this.#ownBotsMet.add(id)
    this.#options.log.warn(
      { ...about(message), event: 'bots.met' },
      'Two accounts of this gateway are in one conversation; they do not answer each other',
    )
  }

  async #store(
    { action, reason, command }: Decision,
    steps: readonly Step[],
    message: InboundMessage,
  ): Promise<void> {
    switch (action) {
      case 'dispatch':
        if (command !== undefined) return this.#command(command, steps, message)
        await this.#decide(message, { state: 'dispatched', reason, steps })
        return
      case 'pair':
        return this.#pair(message, { reason, steps })
      case 'record':
        await this.#decide(message, { state: 'recorded', reason, steps })
        return
      case 'drop':
        await this.#refuse(message, { reason, steps })
    }
  }

  /** Stores a message that came together with the decision on it. @returns false: it was stored before */
  async #storeAtOnce(
    { action, reason }: Decision,
    steps: readonly Step[],
    message: InboundMessage,
  ): Promise<boolean> {
    if (action === 'drop') return this.#refuse(message, { reason, steps })
    const state = action === 'dispatch' ? 'dispatched' : 'recorded'
    const isNew = await this.#decide(message, { state, reason, steps }, 'acceptDecided')
    if (!isNew) this.#options.log.debug(about(message), 'Duplicate message ignored')
    return isNew
  }

  async #pair(message: InboundMessage, refusal: Refusal): Promise<void> {
    const { account, pairing, log } = this.#options
    const loginId = loginOf(message)
    const request = await pairing.request(account.id, message.sender.id, {
      messageId: message.id,
      ...(loginId !== undefined && { loginId }),
      ...(account.pairingPreview && { preview: { name: message.sender.label ?? '', text: message.text } }),
    })
    if (request.status !== 'created')
      log.info({ ...about(message), pairing: request.status }, 'No pairing code was sent')
    // After a crash before the code is stored, the message requests pairing again and gets the same code.
    const notice = request.status === 'created' ? pairingNotice(request.code, message.idStability) : undefined
    await this.#refuse(message, refusal, notice)
  }

  async #command(command: Command, steps: readonly Step[], message: InboundMessage): Promise<void> {
    const { runCommand, wakeOutbox } = this.#options
    const say = this.#entryOf(message, await runCommand(command, message))
    await this.#decide(message, { state: 'dropped', reason: `command-${command}`, steps, say })
    wakeOutbox(message, true)
  }

  /** On a message of somebody who is admitted. @returns false: it was decided on before */
  async #decide(
    message: InboundMessage,
    decision: JournalDecision,
    verb: 'decide' | 'acceptDecided' = 'decide',
  ): Promise<boolean> {
    const { store, webhooks, wakeOutbox, lanes, now } = this.#options
    const { state, reason } = decision
    const events = webhooks?.received(message, { action: actionOf[state], reason }) ?? []
    const decided = await store[verb](message, { ...decision, events }, now())
    webhooks?.wake()
    if (state === 'dispatched') {
      // A message of the user opens the backend's sending window again.
      wakeOutbox(message, decided?.partsWait ?? true)
      lanes.wake(message.conversation, arrivalOf(message))
    }
    return decided !== undefined
  }

  /** @returns false: it was decided on before */
  async #refuse(message: InboundMessage, refusal: Refusal, notice?: Notice): Promise<boolean> {
    const { store, wakeOutbox, now } = this.#options
    const say = notice && this.#entryOf(message, notice)
    const outcome = await store.refuse(message, { ...refusal, ...(say !== undefined && { say }) }, now())
    if (say !== undefined) wakeOutbox(message, true)
    return outcome === 'refused'
  }

  #entryOf(message: InboundMessage, notice: Notice): OutboxEntry {
    const text = inLanguage(notice, this.#options.account.replyLanguage, message.text)
    return { groupId: `notice-${message.id}`, parts: [{ text }] }
  }
}

/** For webhooks. */
const actionOf = { dispatched: 'dispatch', recorded: 'record', dropped: 'command' } as const

/** The others need more than the journal: a pairing code, or the answer to a command. */
function isStoredAtOnce({ action, command }: Decision): boolean {
  return action !== 'pair' && command === undefined
}

function keyOf({ conversation, id }: InboundMessage): string {
  return `${conversation.kind}:${conversation.id}:${id}`
}

/** An operator needs `conversation` and `kind` to configure a group or a direct chat. */
function about({ accountId, id, conversation, sender }: InboundMessage) {
  return {
    accountId,
    messageId: id,
    kind: conversation.kind,
    conversation: conversation.id,
    sender: sender.id,
  }
}
