/**
 * One turn: what waits in a conversation goes to the host's agent, and the whole reply goes into the outbox in the
 * transaction that marks the messages answered. Until then a crash re-runs the turn; after it, never.
 */

import type { ChannelHost, Conversation, Logger, Turn } from '@moltbot/channel-sdk'
import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { OutboundLink } from '../outbound/link.ts'
import { apologyNotice, inLanguage } from '../outbound/notices.ts'
import type { ClaimedTurn, Store } from '../store/store.ts'

export interface TurnsOptions {
  readonly channelId: string
  readonly account: ResolvedAccount
  readonly store: Store
  readonly host: Pick<ChannelHost, 'runTurn'>
  /** A text as the messages that it becomes. */
  readonly chunk: (text: string) => readonly string[]
  /** The connected account, while there is one. */
  readonly link: () => OutboundLink | undefined
  readonly wakeOutbox: (conversation: Conversation) => void
  readonly log: Logger
  readonly now: () => number
}

/** Messages taken together into one turn; more make the next one. */
const maxMessagesPerTurn = 50
/** Most answers come sooner; "is typing" for them would only flicker. */
const typingDelayMs = 300
/** After this an operator should know that the agent is slow. */
const slowTurnMs = 30_000

/** Answers what waits in a conversation. False: nothing did, or the gateway is stopping. */
export async function answer(
  options: TurnsOptions,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, account, log, now, wakeOutbox } = options
  const turn = await store.claimTurn(account.id, conversation, maxMessagesPerTurn)
  if (turn === undefined) return false
  const reply = await runTurn(options, turn, signal)
  if (reply === undefined) return false
  if (reply.failure === undefined) {
    await store.commitReply(turn, reply.chunks, now())
    log.info({ turnId: turn.id, chunks: reply.chunks.length, event: 'turn.answered' }, 'turn answered')
  } else {
    await store.failTurn(turn, reply.failure, reply.chunks, now())
  }
  wakeOutbox(conversation)
  return true
}

interface Reply {
  readonly chunks: readonly string[]
  /** Why there is no answer; `chunks` is what the person is told instead. */
  readonly failure?: string
}

/** Undefined: aborted, the turn stays for the next start. */
async function runTurn(
  options: TurnsOptions,
  turn: ClaimedTurn,
  signal: AbortSignal,
): Promise<Reply | undefined> {
  const typing = showTyping(options, turn.conversation)
  const slow = setTimeout(() => options.log.warn({ turnId: turn.id }, 'a turn has run for 30 s'), slowTurnMs)
  try {
    let text = ''
    for await (const block of options.host.runTurn(hostTurn(options, turn), signal)) text += block.text
    return { chunks: options.chunk(text) }
  } catch (error) {
    return signal.aborted ? undefined : apologise(options, turn, error)
  } finally {
    clearTimeout(slow)
    typing.end()
  }
}

function hostTurn({ channelId, account }: TurnsOptions, turn: ClaimedTurn): Turn {
  const [first] = turn.messages
  if (first === undefined) throw new MoltbotError('turn-empty', `turn ${turn.id} has no message`)
  return {
    id: turn.id,
    channelId,
    accountId: account.id,
    conversation: turn.conversation,
    sender: first.sender,
    messages: turn.messages.map(({ id, text, timestampMs }) => ({ id, text, timestampMs })),
    historyLimit: account.dms.get(first.sender.id)?.historyLimit ?? account.dmHistoryLimit,
  }
}

function apologise(options: TurnsOptions, turn: ClaimedTurn, error: unknown): Reply {
  const { account, log, chunk } = options
  const failure = `${codeOf(error)}: ${messageOf(error)}`
  log.error(
    { turnId: turn.id, code: codeOf(error), error: messageOf(error), event: 'turn.failed' },
    'turn failed',
  )
  const notice = (error instanceof MoltbotError ? error.notice : undefined) ?? apologyNotice
  const written = turn.messages.map((message) => message.text).join('\n')
  return { failure, chunks: chunk(inLanguage(notice, account.replyLanguage, written)) }
}

function showTyping({ link }: TurnsOptions, conversation: Conversation): { end(): void } {
  let shownOn: OutboundLink | undefined
  const timer = setTimeout(() => {
    shownOn = link()
    void shownOn?.typing(conversation, true)
  }, typingDelayMs)
  return {
    end() {
      clearTimeout(timer)
      void shownOn?.typing(conversation, false)
    },
  }
}
