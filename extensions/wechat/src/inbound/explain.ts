/**
 * The gate's decision on a hypothetical message, made by the code and the facts that real messages meet.
 */

import {
  type Conversation,
  type ExplainedDecision,
  type ExplainedStep,
  type ExplainRequest,
  type LeftOut,
  messageOf,
} from '@moltbot/channel-sdk'
import { knownPuppet } from '../config/catalogue.ts'
import { normalizeId } from '../config/ids.ts'
import type { ResolvedAccount } from '../config/resolve.ts'
import type { IdStability } from '../model/ids.ts'
import { type InboundMessage, loginOf } from '../model/message.ts'
import { leftOutDetails } from '../outbound/left-out.ts'
import { explain } from '../policy/decide.ts'
import { turnsPerHourReason } from '../policy/decision.ts'
import { factsOf } from '../policy/facts.ts'
import { toolScopes } from '../policy/tools.ts'

/** Facts of the running account. */
export interface RunningFacts {
  /** Undefined while no user is logged in. */
  readonly bot:
    | {
        readonly id: string
        readonly name: string
        readonly ownerId: string | undefined
        /**
         * The alias of the bot in this group.
         * @throws if the puppet cannot read it
         */
        groupAlias(groupId: string): Promise<string | undefined>
      }
    | undefined
  readonly idStability: IdStability
  readonly isApproved: (senderId: string, loginId: string | undefined) => Promise<boolean>
  readonly isOwnBot: (senderId: string) => boolean
  /** What the model was not given for the latest answer there. */
  readonly leftOut: (conversation: Conversation, senderId: string) => Promise<LeftOut | undefined>
  /** Undefined while the account does not run. */
  readonly turns: TurnCount | undefined
  /** Undefined while the account does not run. */
  readonly sending: Sending | undefined
}

/** Whether an answer can be sent at present. */
export interface Sending {
  /** Messages that the backend takes in a conversation until its person writes again; undefined: any number. */
  readonly sendsLeft: (conversation: Conversation) => Promise<number | undefined>
  /** Why nothing of the account can. */
  readonly obstacle: string | undefined
  /** Parts of earlier answers, and why the first of them waits. */
  readonly waitingIn: (
    conversation: Conversation,
  ) => Promise<{ readonly parts: number; readonly reason: string }>
}

/** Turns of a conversation within the last hour, and how many it may have. */
export interface TurnCount {
  readonly limit: (kind: Conversation['kind']) => number
  readonly lastHour: (conversation: Conversation) => Promise<number>
}

export async function explainMessage(
  account: ResolvedAccount,
  request: ExplainRequest,
  running: RunningFacts,
): Promise<ExplainedDecision> {
  if (request.conversation.kind === 'group' && knownPuppet(account.puppet)?.groups === 'no')
    return noGroups(account)
  const alias = await aliasIn(request.conversation, running)
  const message = hypothetical(request, running, alias)
  const approved =
    message.conversation.kind === 'direct' && (await running.isApproved(message.sender.id, loginOf(message)))
  const facts = factsOf(message, { approved, fromOwnBot: running.isOwnBot(message.sender.id) })
  const { decision, steps } = explain(account, facts)
  const isTurn = decision.action === 'dispatch' && decision.command === undefined
  const rest =
    isTurn && running.turns !== undefined ? await restStep(message.conversation, running.turns) : undefined
  const lastAnswer = isTurn ? await lastAnswerSteps(message, running) : []
  const isAnswered = decision.action === 'pair' || decision.action === 'dispatch'
  return {
    ...(isTurn &&
      rest?.outcome !== 'record' && {
        tools: toolScopes(account, {
          conversationKind: message.conversation.kind,
          conversationId: message.conversation.id,
          senders: [facts],
        }),
      }),
    ...(rest?.outcome === 'record' ? resting : { action: decision.action, reason: decision.reason }),
    steps: [
      { ...accountStep, detail: describe(running, alias) },
      ...steps,
      ...(rest ? [rest] : []),
      ...lastAnswer,
      ...(isAnswered && running.sending ? await sendingSteps(message.conversation, running.sending) : []),
    ],
  }
}

const resting = { action: 'record', reason: turnsPerHourReason }

async function restStep(conversation: Conversation, { limit, lastHour }: TurnCount): Promise<ExplainedStep> {
  const most = limit(conversation.kind)
  const turns = await lastHour(conversation)
  const detail = Number.isFinite(most) ? `${turns} of ${most} within the last hour` : 'no limit'
  return { step: 'turnsPerHour', outcome: turns >= most ? 'record' : 'dispatch', detail }
}

/** Not a part of the decision: what the operator should know of the answers in this conversation. */
async function lastAnswerSteps(
  { conversation, sender }: InboundMessage,
  { leftOut }: RunningFacts,
): Promise<ExplainedStep[]> {
  const missing = await leftOut(conversation, sender.id)
  const details = missing === undefined ? [] : leftOutDetails(missing)
  return details.map((detail) => ({ step: 'last answer', outcome: 'continue', detail }))
}

async function sendingSteps(conversation: Conversation, sending: Sending): Promise<ExplainedStep[]> {
  const { obstacle, waitingIn, sendsLeft } = sending
  if (obstacle !== undefined) return [{ step: 'sending', outcome: 'wait', detail: obstacle }]
  const { parts, reason } = await waitingIn(conversation)
  const waiting =
    reason === '' ? `waiting in this chat: ${parts}` : `waiting in this chat: ${parts}; ${reason}`
  return [
    ...budgetStep(await sendsLeft(conversation).catch(() => undefined)),
    { step: 'sending', outcome: 'continue', detail: parts === 0 ? 'nothing waits' : waiting },
  ]
}

/** How it is now: a message of the person gives new sends. */
function budgetStep(left: number | undefined): ExplainedStep[] {
  if (left === undefined) return []
  const detail =
    left === 0
      ? 'nothing can be sent until the person writes'
      : `messages that can be sent until the person writes again: ${left}`
  return [{ step: 'send budget', outcome: 'continue', detail }]
}

function noGroups({ puppet }: ResolvedAccount): ExplainedDecision {
  const detail = `"${puppet}" has no groups: their messages never arrive`
  return {
    action: 'drop',
    reason: 'groups-not-possible',
    steps: [{ step: 'puppet', outcome: 'drop', detail }],
  }
}

const accountStep = { step: 'account', outcome: 'continue' }

/** Used as the bot's id while that is unknown, so that a mention can be assumed. */
const unknownBot = { id: 'unknown', name: '', ownerId: undefined }

/** `missing`: why the alias is unknown. */
interface Alias {
  readonly name?: string
  readonly missing?: string
}

async function aliasIn({ kind, id }: Conversation, { bot }: RunningFacts): Promise<Alias> {
  if (kind !== 'group' || bot === undefined) return {}
  try {
    const name = await bot.groupAlias(normalizeId(id))
    return name === undefined ? {} : { name }
  } catch (error) {
    return { missing: messageOf(error) }
  }
}

function hypothetical(
  request: ExplainRequest,
  { bot, idStability }: RunningFacts,
  alias: Alias,
): InboundMessage {
  const { accountId, conversation, senderId, mentioned, text } = request
  const { id, name, ownerId } = bot ?? unknownBot
  return {
    accountId,
    id: 'hypothetical',
    conversation: { kind: conversation.kind, id: normalizeId(conversation.id) },
    sender: { id: normalizeId(senderId) },
    bot: { id, name, ...(alias.name !== undefined && { groupAlias: alias.name }) },
    idStability,
    ...(mentioned && { mentionIds: [id] }),
    kind: 'text',
    text,
    timestampMs: 0,
    ...(ownerId !== undefined && { ownerId }),
  }
}

function describe({ bot }: RunningFacts, alias: Alias): string {
  if (bot === undefined) return "not logged in, so the bot's name and owner are unknown"
  const { id, name, ownerId } = bot
  const who = name === '' || name === id ? id : `${id} (${name})`
  return [
    `logged in as ${who}`,
    ownerId === undefined ? 'the owner is unknown' : `owner ${ownerId}`,
    ...(alias.name === undefined ? [] : [`alias in this group: ${alias.name}`]),
    ...(alias.missing === undefined ? [] : [`the alias in this group is unknown: ${alias.missing}`]),
  ].join(', ')
}
