/**
 * Processes a received message: stores it, passes it through the gate, and then queues a turn, sends a pairing code, runs a
 * command, or stores why the message is not answered.
 */

import type { ChannelHost, Logger, Notice, PairingStore } from '@moltbot/channel-sdk'
import { messageOf, pause } from '@moltbot/channel-sdk'
import pLimit from 'p-limit'
import type { ResolvedAccount } from '../config/resolve.ts'
import { type InboundKind, type InboundMessage, loginOf } from '../model/message.ts'
import type { OutboxEntry } from '../model/outbox.ts'
import { inLanguage, pairingNotice } from '../outbound/notices.ts'
import type { Command } from '../policy/commands.ts'
import { decide } from '../policy/decide.ts'
import type { Decision } from '../policy/decision.ts'
import { factsOf } from '../policy/facts.ts'
import { type AccountStore, storeRetryMs } from '../store/store.ts'

export interface InboxOptions {
  readonly account: ResolvedAccount
  readonly store: AccountStore
  readonly pairing: PairingStore
  readonly approveCommand: string
  /** Wakes the lane in which a message is queued for its turn. */
  readonly lanes: {
    wake(conversation: InboundMessage['conversation'], arrival?: Arrival): void
  }
  /** Called when there is something to send in this conversation. */
  readonly wakeOutbox: (message: InboundMessage) => void
  /** @returns the answer to the person */
  readonly runCommand: (command: Command, message: InboundMessage) => Promise<Notice>
  readonly report: ChannelHost['report']
  readonly log: Logger
  readonly now: () => number
  /** Aborted when the account is being stopped. Accepted messages are processed at the next start. */
  readonly stopping: AbortSignal
}

/** A message that was just queued for a turn. */
export interface Arrival {
  readonly senderId: string
  /** The turn starts without debounce, because no later message belongs to this one. */
  readonly atOnce: boolean
}

/** Most messages in memory between arrival and decision. Further messages wait, and are not acknowledged to the backend. */
const maxPassing = 1_000

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

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Number of messages that are not decided yet. */
  get busy(): number {
    return this.#places.activeCount + this.#places.pendingCount
  }

  /** Resolves when the message is on disk. The backend may forget it after that. */
  accept(message: InboundMessage): Promise<void> {
    const kept = Promise.withResolvers<void>()
    void this.#places(async () => {
      try {
        const isNew = await this.#keep(message)
        kept.resolve()
        if (isNew) await this.#enterGate(message)
      } catch (error) {
        kept.reject(error)
      }
    })
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
   */
  #enterGate(message: InboundMessage): Promise<void> {
    const before = this.#stored
    this.#inGate.add(keyOf(message))
    const decided = this.#gate.then(() => this.#decide(message))
    const done = decided
      .then(async (decision) => {
        if (decision.command !== undefined) await before
        await this.#store(decision, message)
      })
      .catch((error: unknown) => this.#fail(message, error))
      .finally(() => this.#inGate.delete(keyOf(message)))
    this.#stored = before.then(() => done)
    this.#gate = decided.then(
      ({ command }) => (command === undefined ? undefined : done),
      () => undefined,
    )
    return done
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

  async #decide(message: InboundMessage): Promise<Decision> {
    const { account, pairing, log, report } = this.#options
    const { conversation, sender } = message
    const loginId = loginOf(message)
    const approved =
      conversation.kind === 'direct' && (await pairing.isApproved(account.id, sender.id, loginId))
    const decision = decide(account, factsOf(message, approved))
    log.info({ ...about(message), ...decision, event: 'message.decided' }, 'Message received')
    report({ type: 'message', accountId: account.id, action: decision.action, reason: decision.reason })
    return decision
  }

  async #store({ action, reason, command }: Decision, message: InboundMessage): Promise<void> {
    const { store, lanes, wakeOutbox, now } = this.#options
    switch (action) {
      case 'dispatch':
        if (command !== undefined) return this.#command(command, message)
        // A message of the user opens the backend's sending window again.
        await store.decide(message, { state: 'dispatched', reason }, now())
        wakeOutbox(message)
        lanes.wake(message.conversation, arrivalOf(message))
        return
      case 'pair':
        return this.#pair(message, reason)
      case 'record':
        return store.decide(message, { state: 'recorded', reason }, now())
      case 'drop':
        return store.decide(message, { state: 'dropped', reason }, now())
    }
  }

  async #pair(message: InboundMessage, reason: string): Promise<void> {
    const { account, pairing, approveCommand, log } = this.#options
    const loginId = loginOf(message)
    const request = await pairing.request(account.id, message.sender.id, {
      messageId: message.id,
      ...(loginId !== undefined && { loginId }),
    })
    if (request.status !== 'created')
      log.info({ ...about(message), pairing: request.status }, 'No pairing code was sent')
    // After a crash before the code is stored, the message requests pairing again and gets the same code.
    const notice =
      request.status === 'created'
        ? pairingNotice(request.code, approveCommand, message.idStability)
        : undefined
    await this.#drop(message, reason, notice)
  }

  async #command(command: Command, message: InboundMessage): Promise<void> {
    const notice = await this.#options.runCommand(command, message)
    await this.#drop(message, `command-${command}`, notice)
  }

  async #drop(message: InboundMessage, reason: string, notice: Notice | undefined): Promise<void> {
    const { store, wakeOutbox, now } = this.#options
    const say = notice && this.#entryOf(message, notice)
    await store.decide(message, { state: 'dropped', reason, ...(say !== undefined && { say }) }, now())
    if (say !== undefined) wakeOutbox(message)
  }

  #entryOf(message: InboundMessage, notice: Notice): OutboxEntry {
    const text = inLanguage(notice, this.#options.account.replyLanguage, message.text)
    return { groupId: `notice-${message.id}`, parts: [{ text }] }
  }
}

function keyOf({ conversation, id }: InboundMessage): string {
  return `${conversation.kind}:${conversation.id}:${id}`
}

const mediaKinds: ReadonlySet<InboundKind> = new Set(['image', 'voice', 'video', 'file'])

function arrivalOf({ sender, kind }: InboundMessage): Arrival {
  return { senderId: sender.id, atOnce: mediaKinds.has(kind) }
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
