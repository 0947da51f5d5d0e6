/**
 * From a received message to its fate: durable first, then the gate, then a turn, a pairing code, or a reason why not.
 */

import type { ChannelHost, Logger, Notice, PairingStore } from '@moltbot/channel-sdk'
import { messageOf } from '@moltbot/channel-sdk'
import pLimit from 'p-limit'
import type { ResolvedAccount } from '../config/resolve.ts'
import { type InboundKind, type InboundMessage, loginOf } from '../model/message.ts'
import { inLanguage, pairingNotice } from '../outbound/notices.ts'
import type { Command } from '../policy/commands.ts'
import { decide } from '../policy/decide.ts'
import type { Decision } from '../policy/decision.ts'
import { type Store, storeRetryMs } from '../store/store.ts'
import type { Arrival, Lanes } from '../turns/lanes.ts'
import { type CommandOptions, carryOut } from './commands.ts'
import { factsOf } from './facts.ts'

export interface InboxOptions {
  readonly account: ResolvedAccount
  readonly store: Store
  readonly pairing: PairingStore
  readonly approveCommand: string
  readonly lanes: Lanes
  /** There is something to send in this conversation. */
  readonly wakeOutbox: (message: InboundMessage) => void
  readonly commands: Omit<CommandOptions, 'lanes'>
  readonly report: ChannelHost['report']
  readonly log: Logger
  readonly now: () => number
}

/** Messages in memory between arrival and fate. More wait for a place, and their backend for its acknowledgement. */
const maxPassing = 1_000

export class Inbox {
  readonly #options: InboxOptions
  readonly #places = pLimit(maxPassing)
  /** Decisions are made one after another, so that their order is the order of arrival. */
  #gate: Promise<unknown> = Promise.resolve()
  /** Resolves when all that was decided is on the disk. Kept apart, so that many decisions share one disk flush. */
  #carriedOut: Promise<unknown> = Promise.resolve()
  /** Messages in the gate, which `resume` finds undecided in the journal too. */
  readonly #inGate = new Set<string>()
  #retry: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** Messages that wait for a place or for their fate. */
  get busy(): number {
    return this.#places.activeCount + this.#places.pendingCount
  }

  /** Resolves when the message is on the disk; from then on the backend may forget it. */
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

  /** Takes up what a crash or a failure left undecided or unanswered. */
  async resume(): Promise<void> {
    const { store, account, lanes } = this.#options
    for (const message of await store.undecided(account.id)) {
      if (!this.#inGate.has(keyOf(message))) void this.#enterGate(message)
    }
    for (const conversation of await store.conversationsToAnswer(account.id)) lanes.wake(conversation)
  }

  /** Resolves when no message is in the gate. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    await this.#carriedOut
  }

  async #keep(message: InboundMessage): Promise<boolean> {
    const { store, log, now } = this.#options
    const result = await store.acceptInbound(message, now())
    if (result === 'duplicate') log.debug(about(message), 'a message came twice; the second copy is ignored')
    return result === 'accepted'
  }

  /** Resolves when the decision is carried out, or has failed. A command acts on all before it, and they on it. */
  #enterGate(message: InboundMessage): Promise<void> {
    const before = this.#carriedOut
    this.#inGate.add(keyOf(message))
    const decided = this.#gate.then(() => this.#decide(message))
    const done = decided
      .then(async (decision) => {
        if (decision.command !== undefined) await before
        await this.#carryOut(decision, message)
      })
      .catch((error: unknown) => this.#fail(message, error))
      .finally(() => this.#inGate.delete(keyOf(message)))
    this.#carriedOut = before.then(() => done)
    this.#gate = decided.then(
      ({ command }) => (command === undefined ? undefined : done),
      () => undefined,
    )
    return done
  }

  /** The journal still has it as accepted. */
  #fail(message: InboundMessage, error: unknown): void {
    this.#options.log.error(
      { ...about(message), error: messageOf(error) },
      'a message could not be decided on',
    )
    this.#resumeLater()
  }

  #resumeLater(): void {
    if (this.#isStopped || this.#retry !== undefined) return
    const resume = () => {
      this.#retry = undefined
      this.resume().catch((error: unknown) => {
        this.#options.log.error({ error: messageOf(error) }, 'the journal could not be read')
        this.#resumeLater()
      })
    }
    this.#retry = setTimeout(resume, storeRetryMs).unref()
  }

  async #decide(message: InboundMessage): Promise<Decision> {
    const { account, pairing, log, report } = this.#options
    const { conversation, sender } = message
    const loginId = loginOf(message)
    const approved =
      conversation.kind === 'direct' && (await pairing.isApproved(account.id, sender.id, loginId))
    const decision = decide(account, factsOf(message, approved))
    log.info({ ...about(message), ...decision, event: 'message.decided' }, 'message received')
    report({ type: 'message', accountId: account.id, action: decision.action, reason: decision.reason })
    return decision
  }

  async #carryOut({ action, reason, command }: Decision, message: InboundMessage): Promise<void> {
    const { store, lanes, wakeOutbox, account } = this.#options
    switch (action) {
      case 'dispatch':
        if (command !== undefined) return this.#obey(command, message)
        // The person wrote, so the backend's sending window is open again. Both share one commit.
        await Promise.all([store.dispatch(message, reason), store.unpark(account.id, message.conversation)])
        wakeOutbox(message)
        lanes.wake(message.conversation, arrivalOf(message))
        return
      case 'pair':
        return this.#pair(message, reason)
      case 'record':
        await store.settle(message, 'recorded', reason)
        return
      case 'drop':
        await store.settle(message, 'dropped', reason)
    }
  }

  async #pair(message: InboundMessage, reason: string): Promise<void> {
    const { account, store, pairing, approveCommand, log } = this.#options
    const loginId = loginOf(message)
    const request = await pairing.request(account.id, message.sender.id, {
      messageId: message.id,
      ...(loginId !== undefined && { loginId }),
    })
    const settled = store.settle(message, 'dropped', reason)
    if (request.status === 'created') {
      // Both share one commit. A crash before it has the message ask again, and it is given the same code.
      const told = this.#tell(message, pairingNotice(request.code, approveCommand, message.idStability))
      await Promise.all([settled, told])
    } else {
      log.info({ ...about(message), pairing: request.status }, 'no pairing code given')
      await settled
    }
  }

  async #obey(command: Command, message: InboundMessage): Promise<void> {
    const { commands, store } = this.#options
    const notice = await carryOut(command, message, { ...commands, lanes: this.#options.lanes })
    await Promise.all([store.settle(message, 'dropped', `command-${command}`), this.#tell(message, notice)])
  }

  async #tell(message: InboundMessage, notice: Notice): Promise<void> {
    const { account, store, wakeOutbox, now } = this.#options
    const text = inLanguage(notice, account.replyLanguage, message.text)
    const entry = { groupId: `notice-${message.id}`, parts: [{ text }] }
    await Promise.all([
      store.unpark(account.id, message.conversation),
      store.enqueue(account.id, message.conversation, entry, now()),
    ])
    wakeOutbox(message)
  }
}

function keyOf({ conversation, id }: InboundMessage): string {
  return `${conversation.kind}:${conversation.id}:${id}`
}

const mediaKinds: ReadonlySet<InboundKind> = new Set(['image', 'voice', 'video', 'file'])

function arrivalOf({ sender, kind }: InboundMessage): Arrival {
  return { senderId: sender.id, atOnce: mediaKinds.has(kind) }
}

/** `conversation` and `kind` are what a person needs to configure a group or a direct chat. */
function about({ accountId, id, conversation, sender }: InboundMessage) {
  return {
    accountId,
    messageId: id,
    kind: conversation.kind,
    conversation: conversation.id,
    sender: sender.id,
  }
}
