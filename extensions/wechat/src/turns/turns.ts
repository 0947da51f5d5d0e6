/**
 * One turn: what waits in a conversation goes to the host's agent, and the whole reply goes into the outbox in the
 * transaction that marks the messages answered. Until then a crash re-runs the turn; after it, never. With block
 * replies each block is committed as it comes, and a turn with a committed block is not run again.
 */

import type { Conversation, Notice } from '@moltbot/channel-sdk'
import { codeOf, MoltbotError, messageOf } from '@moltbot/channel-sdk'
import { apologyNotice, cutOffNotice, inLanguage } from '../outbound/notices.ts'
import { groupRules } from '../policy/group-entry.ts'
import type { ClaimedTurn, OutboxPart } from '../store/store.ts'
import { hostTurn } from './host-turn.ts'
import { type Take, turnStopped } from './lanes.ts'
import { gatherMedia } from './media.ts'
import { ReplyWriter, writtenIn } from './reply.ts'
import type { TurnsOptions } from './turns-options.ts'
import { showTyping } from './typing.ts'

/** Messages taken together into one turn; more make the next one. */
const maxMessagesPerTurn = 50
/** After this an operator should know that the agent is slow. */
const slowTurnMs = 30_000

/** Answers what waits in a conversation. False: nothing did, or the gateway is stopping. */
export async function answer(
  options: TurnsOptions,
  conversation: Conversation,
  take: Take,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, account, host, log, now, wakeOutbox } = options
  const startedMs = now()
  const turn = await store.claimTurn(account.id, conversation, take, limitsOf(options, conversation))
  if (turn === undefined) return false
  const end = turn.partlyAnswered ? cutOff(options, turn) : await runTurn(options, turn, signal)
  if (end === undefined) return false
  if (end.failure === undefined) {
    await store.commitReply(turn, end.parts, now())
    log.info({ turnId: turn.id, parts: end.parts.length, event: 'turn.answered' }, 'turn answered')
  } else {
    await store.failTurn(turn, end.failure, end.parts, now())
  }
  const durationMs = now() - startedMs
  host.report({ type: 'turn', accountId: account.id, outcome: outcomeOf(end), durationMs })
  wakeOutbox(conversation)
  return true
}

function outcomeOf({ failure }: End) {
  if (failure === undefined) return 'answered'
  return failure === turnStopped.code ? 'stopped' : 'failed'
}

function limitsOf({ account, idStability }: TurnsOptions, { kind, id }: Conversation) {
  const history = kind === 'group' ? groupRules(account, id, idStability()).historyLimit : 0
  return { messages: maxMessagesPerTurn, history }
}

interface End {
  /** What is left to send. */
  readonly parts: readonly OutboxPart[]
  /** Why there is no answer; `parts` is what the person is told instead. */
  readonly failure?: string
}

/** Undefined: the gateway stops, and the turn stays for the next start. */
async function runTurn(
  options: TurnsOptions,
  turn: ClaimedTurn,
  signal: AbortSignal,
): Promise<End | undefined> {
  const { link, host, log } = options
  const typing = showTyping(link, turn.conversation)
  const slow = setTimeout(() => log.warn({ turnId: turn.id }, 'a turn has run for 30 s'), slowTurnMs)
  const gathered = await gatherMedia(turn.id, turn.messages, mediaOptions(options), signal)
  const reply = new ReplyWriter(options, turn, [...gathered.missing.values()], signal)
  try {
    signal.throwIfAborted()
    const blocks = host.runTurn(hostTurn(options, turn, gathered), signal)
    for await (const block of blocks) await reply.take(block)
    return { parts: await reply.end() }
  } catch (error) {
    await reply.discard()
    if (signal.reason === turnStopped) return { parts: [], failure: turnStopped.code }
    return signal.aborted ? undefined : failed(options, turn, error, reply.unsaid)
  } finally {
    clearTimeout(slow)
    typing.end()
    await gathered.dispose()
  }
}

function mediaOptions({ mediaFolder, account, link, log }: TurnsOptions) {
  return { folder: mediaFolder, maxBytes: account.mediaMaxBytes, link, log }
}

function failed(options: TurnsOptions, turn: ClaimedTurn, error: unknown, unsaid: readonly Notice[]): End {
  const code = codeOf(error)
  const reason = messageOf(error)
  options.log.error({ turnId: turn.id, code, error: reason, event: 'turn.failed' }, 'turn failed')
  const notice = (error instanceof MoltbotError ? error.notice : undefined) ?? apologyNotice
  return { failure: `${code}: ${reason}`, parts: told(options, turn, [...unsaid, notice]) }
}

function cutOff(options: TurnsOptions, turn: ClaimedTurn): End {
  options.log.warn({ turnId: turn.id }, 'a turn was cut off after part of its answer; it is not run again')
  return { failure: 'cut-off', parts: told(options, turn, [cutOffNotice]) }
}

function told(
  { account, composer }: TurnsOptions,
  turn: ClaimedTurn,
  notices: readonly Notice[],
): OutboxPart[] {
  const written = writtenIn(turn)
  return composer.plain(
    notices.map((notice) => inLanguage(notice, account.replyLanguage, written)).join('\n'),
  )
}
