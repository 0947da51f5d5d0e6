/**
 * Runs the turns of one account: what waits in a conversation goes to the host's agent, and the whole reply goes into
 * the outbox in the commit that marks the messages answered. Until then a crash re-runs the turn; after it, never. With
 * block replies each block is committed as it comes, and a turn with a committed block is not run again.
 */

import type { ChannelHost, Conversation, DiskBudget, Logger, Notice } from '@moltbot/channel-sdk'
import { codeOf, MoltbotError, messageOf, untilDone } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { Gate } from '../inbound/gate.ts'
import type { IdStability } from '../model/ids.ts'
import type { AccountLink } from '../model/link.ts'
import type { OutboxPart, OutboxRow } from '../model/outbox.ts'
import type { Composer } from '../outbound/compose.ts'
import {
  apologyNotice,
  cutOffNotice,
  inLanguage,
  progressNotice,
  restNotice,
  setAsideNotice,
} from '../outbound/notices.ts'
import type { OutgoingFiles } from '../outbound/outgoing-files.ts'
import { groupRules } from '../policy/rules.ts'
import type { ShownFiles } from '../store/shown-files.ts'
import type { AccountStore, ClaimedTurn, TurnEnd, TurnLimits } from '../store/store.ts'
import { isDatabaseAway } from './database-away.ts'
import { isGivenUp, runApart } from './deaths.ts'
import { hostTurn } from './host-turn.ts'
import { type Take, turnStopped } from './lanes.ts'
import { gatherMedia } from './media.ts'
import { createPlaces, type Places } from './places.ts'
import { ReplyWriter, writtenIn } from './reply.ts'
import { withRests } from './rest-files.ts'
import { hourMs, lockedOut, Screening } from './screening.ts'
import { untilAborted } from './until-aborted.ts'

export interface TurnRunnerOptions {
  readonly channelId: string
  readonly account: ResolvedAccount
  /** Whether ids of the connected puppet hold over logins. */
  readonly idStability: () => IdStability
  readonly store: AccountStore
  readonly gate: Pick<Gate, 'decide'>
  /** See `ScreeningOptions`. */
  readonly turnsPerHour: (kind: Conversation['kind']) => number
  /** See `ScreeningOptions`. */
  readonly takeBackAnswer: (turnId: string, reason: string) => Promise<void>
  readonly host: Pick<
    ChannelHost,
    'runTurn' | 'noteCutOff' | 'report' | 'progressAfterMs' | 'contextMediaMaxBytes'
  >
  /** The connected account, while there is one. */
  readonly link: () => AccountLink | undefined
  readonly outbox: {
    /** Sends what `commit` puts into it; see `Outbox.commit`. */
    commit(
      conversation: Conversation,
      commit: (attempt: boolean) => Promise<OutboxRow | undefined>,
    ): Promise<void>
    wake(conversation: Conversation): void
  }
  readonly composer: Composer
  /** Files of running turns. */
  readonly mediaFolder: string
  readonly outgoing: OutgoingFiles
  readonly disk: DiskBudget
  /** See `MediaOptions`. */
  readonly shown?: Pick<ShownFiles, 'keep' | 'forget'>
  /** A turn is not run again, because the process ended unexpectedly each time. */
  readonly onSetAside: () => void
  readonly log: Logger
  readonly now: () => number
  /** The account is being stopped: running turns stay for the next start. */
  readonly stopping: AbortSignal
}

/** Messages taken together into one turn; more make the next one. */
const maxMessagesPerTurn = 50
/** After this an operator should know that the agent is slow. */
const slowTurnMs = 30_000
/** Most answers come sooner; the indicator would only flicker, and cost two requests. */
const typingAfterMs = 300
/** A notice of progress leaves the answer at least these sends. */
const sendsKeptForAnswer = 2

export class TurnRunner {
  readonly #options: TurnRunnerOptions
  readonly #screening: Screening
  readonly #places: Places

  constructor(options: TurnRunnerOptions) {
    this.#options = options
    this.#places = createPlaces()
    this.#screening = new Screening({
      ...options,
      onRest: (turn, turns) => this.#tellRest(turn, turns),
    })
  }

  /**
   * Answers what waits in a conversation.
   * @param signal ends the turn, for good when its reason is `turnStopped`
   * @returns whether more waits, as far as is known; false too where the account is being stopped
   */
  async answer(conversation: Conversation, take: Take, signal: AbortSignal): Promise<boolean> {
    const { store, host, account, now } = this.#options
    const startedMs = now()
    const claimed = await store.claimTurn(conversation, take, this.#limitsOf(conversation))
    if (claimed === undefined) return false
    const { othersWait = false } = claimed
    const turn = await this.#screening.begin(claimed)
    if (turn === undefined) return othersWait
    const run = () => this.#screening.run(turn, signal, (held) => this.#run(turn, held))
    if (turn.partlyAnswered) await this.#noteCutOff(turn)
    const end = this.#leave(turn) ?? (await run())
    if (end === undefined) return false
    if (!(await this.#stillHolds(turn, end))) return othersWait
    await this.#commit(turn, end)
    host.report({
      type: 'turn',
      accountId: account.id,
      outcome: outcomeOf(end),
      durationMs: now() - startedMs,
    })
    return othersWait
  }

  /** Approvals have changed; see `Screening.recheck`. */
  recheck(): Promise<void> {
    return this.#screening.recheck()
  }

  #warnOfStale(conversation: Conversation, messages: number): void {
    const fields = { conversation: conversation.id, messages, reason: 'too-old', event: 'message.recorded' }
    this.#options.log.warn(
      fields,
      'Messages waited longer than maxMessageAgeMs; they are stored as history and not answered',
    )
  }

  /** An answer to someone who has been locked out meanwhile is not sent. */
  async #stillHolds(turn: ClaimedTurn, { parts }: TurnEnd): Promise<boolean> {
    const holds = await this.#persist(turn, () => this.#screening.holds(turn))
    if (holds) return true
    for (const part of parts) if ('file' in part) await this.#options.outgoing.discard(part.file)
    await this.#hideFiles(turn)
    return false
  }

  /** As the texts of people who are not admitted any more, which are deleted. */
  async #hideFiles({ accountId, messages }: ClaimedTurn): Promise<void> {
    for (const { id: messageId, conversation } of messages)
      await this.#options.shown?.forget({ accountId, conversation, messageId })
  }

  /** A reply that is finished is kept until it is committed: only the commit is tried again, never the agent. */
  async #commit(turn: ClaimedTurn, end: TurnEnd): Promise<void> {
    const { outbox, log, now } = this.#options
    const { conversation } = turn
    await outbox.commit(conversation, (attempt) =>
      this.#persist(turn, (store) => store.commitReply(turn, end, { nowMs: now(), attempt })),
    )
    if (end.failure !== undefined) return
    log.info({ turnId: turn.id, parts: end.parts.length, event: 'turn.answered' }, 'Turn answered')
  }

  /** @throws the failure of the last try, when the account is stopped or has lost its store */
  #persist<Result>(turn: ClaimedTurn, work: (store: AccountStore) => Promise<Result>): Promise<Result> {
    const { store, log, stopping } = this.#options
    return untilDone(() => work(store), {
      signal: stopping,
      isFinal: (error) => codeOf(error) === 'lease-lost',
      onFailure: (error, attempt) => {
        if (attempt > 1) return
        log.error(
          { turnId: turn.id, error: messageOf(error) },
          'A reply could not be stored; it is kept in memory and stored as soon as that works',
        )
      },
    })
  }

  /** Undefined: the account is being stopped, and the turn stays for the next start. @throws where the database is away */
  async #run(turn: ClaimedTurn, signal: AbortSignal): Promise<TurnEnd | undefined> {
    const { host, store, log } = this.#options
    if (turn.attempt > 1)
      log.info({ turnId: turn.id, attempt: turn.attempt }, 'A turn that was cut off is run again')
    const shown = this.#show(turn)
    const places = this.#places
    const gathering = gatherMedia(turn, { ...this.#options, places })
    const media = withRests(turn, gathering, this.#options.mediaFolder)
    const commitBlock = async (parts: readonly OutboxPart[]) => {
      signal.throwIfAborted()
      if (!(await this.#persist(turn, () => this.#screening.holds(turn)))) throw lockedOut
      shown.hasBegun()
      await this.#persist(turn, (store) => store.commitBlock(turn, parts, this.#options.now()))
      this.#options.outbox.wake(turn.conversation)
    }
    const reply = new ReplyWriter(this.#options, turn, commitBlock, signal)
    let isShown = true
    try {
      return await runApart(turn, store, signal, async () => {
        const gathered = await media.gather(signal)
        reply.say([...gathered.missing.values()])
        const answer = async () => {
          const pieces = host.runTurn(hostTurn(this.#options, turn, gathered), signal)
          for await (const piece of untilAborted(pieces, signal)) await reply.take(piece)
          return { parts: await reply.end() }
        }
        return places.answering.run(1, signal, answer)
      })
    } catch (error) {
      await reply.discard()
      // A turn that runs again fetches them again.
      isShown =
        error !== lockedOut &&
        signal.reason !== lockedOut &&
        (!signal.aborted || signal.reason === turnStopped)
      for (const end of [lockedOut, turnStopped])
        if (error === end || signal.reason === end) return { parts: [], failure: end.code }
      if (isDatabaseAway(error) && !signal.aborted) throw error
      return signal.aborted ? undefined : this.#failed(turn, error, reply.unsaid)
    } finally {
      shown.end()
      await media.dispose(isShown)
    }
  }

  /** What people see of a turn that takes long: typing, a notice that it is still at work, a line in the log. */
  #show(turn: ClaimedTurn): { hasBegun(): void; end(): void } {
    const { host, link, log } = this.#options
    let typingOn: AccountLink | undefined
    const typing = setTimeout(() => {
      typingOn = link()
      void typingOn?.typing(turn.conversation, true)
    }, typingAfterMs)
    const slow = setTimeout(() => log.warn({ turnId: turn.id }, 'A turn has run for 30 s'), slowTurnMs)
    const { progressAfterMs } = host
    const progress =
      progressAfterMs > 0 ? setTimeout(() => this.#tellProgress(turn), progressAfterMs) : undefined
    return {
      hasBegun: () => clearTimeout(progress),
      end: () => {
        for (const timer of [typing, slow, progress]) clearTimeout(timer)
        void typingOn?.typing(turn.conversation, false)
      },
    }
  }

  /** Never rejects: the answer matters more. */
  async #tellProgress(turn: ClaimedTurn): Promise<void> {
    const { store, link, outbox, log, now } = this.#options
    try {
      const left = await link()?.sendsLeft(turn.conversation)
      if (left !== undefined && left <= sendsKeptForAnswer) return
      const entry = { groupId: `progress-${turn.id}`, parts: this.#words(turn, [progressNotice]) }
      await store.enqueue(turn.conversation, entry, now())
      outbox.wake(turn.conversation)
    } catch (error) {
      log.warn({ turnId: turn.id, error: messageOf(error) }, 'The notice of progress was not sent')
    }
  }

  async #tellRest(turn: ClaimedTurn, turns: number): Promise<void> {
    const { store, outbox, log, now } = this.#options
    const { kind, id } = turn.conversation
    log.warn(
      { event: 'turns.resting', kind, conversation: id, turns },
      'Too many turns in this conversation within an hour (limits.turnsPerHour); messages are stored as context until it is over',
    )
    const entry = { groupId: `rest-${turn.id}`, parts: this.#words(turn, [restNotice(turns)]) }
    await store.enqueue(turn.conversation, entry, now())
    outbox.wake(turn.conversation)
  }

  #failed(turn: ClaimedTurn, error: unknown, unsaid: readonly Notice[]): TurnEnd {
    const [code, reason] = [codeOf(error), messageOf(error)]
    this.#options.log.error({ turnId: turn.id, code, error: reason, event: 'turn.failed' }, 'Turn failed')
    const notice = (error instanceof MoltbotError ? error.notice : undefined) ?? apologyNotice
    return { failure: `${code}: ${reason}`, parts: this.#words(turn, [...unsaid, notice]) }
  }

  /** The end of a turn that is not run again. */
  #leave(turn: ClaimedTurn): TurnEnd | undefined {
    const { log, onSetAside } = this.#options
    if (turn.partlyAnswered) {
      log.warn({ turnId: turn.id }, 'A turn was cut off after part of its answer; it is not run again')
      return { failure: 'cut-off', parts: this.#words(turn, [cutOffNotice]) }
    }
    if (!isGivenUp(turn)) return undefined
    const fields = { turnId: turn.id, conversation: turn.conversation.id, deaths: turn.deaths }
    log.error(
      { ...fields, event: 'turn.set-aside' },
      'The gateway ended unexpectedly each time this turn was under way; it is not run again',
    )
    onSetAside()
    return { failure: 'set-aside', parts: this.#words(turn, [setAsideNotice]) }
  }

  /** The agent should know what the person has read. Never rejects: the notice that the answer was cut off matters more. */
  async #noteCutOff(turn: ClaimedTurn): Promise<void> {
    const { store, host, log } = this.#options
    try {
      const said = (await store.answerTexts(turn.id)).join('\n\n')
      await host.noteCutOff?.(hostTurn(this.#options, turn, { media: new Map(), missing: new Map() }), said)
    } catch (error) {
      log.warn(
        { turnId: turn.id, error: messageOf(error) },
        'The agent does not know of an answer that was cut off',
      )
    }
  }

  /** The channel's own words to the people of a turn. */
  #words(turn: ClaimedTurn, notices: readonly Notice[]): OutboxPart[] {
    const { account, composer } = this.#options
    const written = writtenIn(turn)
    return composer.plain(
      notices.map((notice) => inLanguage(notice, account.replyLanguage, written)).join('\n'),
    )
  }

  #limitsOf(conversation: Conversation): TurnLimits {
    const { account, idStability, link, now } = this.#options
    const { kind, id } = conversation
    // A question of this morning is not answered in the evening, when the account is back.
    const receivedMs = now() - account.maxMessageAgeMs[kind]
    return {
      messages: maxMessagesPerTurn,
      history: kind === 'group' ? groupRules(account, id, idStability()).historyLimit : 0,
      oldest: { receivedMs, sentMs: receivedMs + (link()?.clockOffsetMs?.() ?? 0) },
      onStale: (messages) => this.#warnOfStale(conversation, messages),
      sinceMs: now() - hourMs,
    }
  }
}

function outcomeOf({ failure }: TurnEnd) {
  if (failure === undefined) return 'answered'
  return failure === turnStopped.code ? 'stopped' : 'failed'
}
