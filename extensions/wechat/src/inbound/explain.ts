/**
 * The gate's decision on a message that nobody sent, made by the code and the facts that real messages meet.
 */

import type { ExplainedDecision, ExplainRequest } from '@moltbot/channel-sdk'
import { normalizeId } from '../config/ids.ts'
import type { ResolvedAccount } from '../config/resolve.ts'
import { explain } from '../policy/decide.ts'
import type { IdStability } from '../policy/facts.ts'
import { factsOf } from './facts.ts'
import { type InboundMessage, loginOf } from './message.ts'

/** What the running account knows. Names of the bot that only one group uses are not asked for. */
export interface RunningFacts {
  /** Undefined while nobody is logged in. */
  readonly bot:
    | { readonly id: string; readonly name: string; readonly ownerId: string | undefined }
    | undefined
  readonly idStability: IdStability
  readonly isApproved: (senderId: string, loginId: string | undefined) => Promise<boolean>
}

export async function explainMessage(
  account: ResolvedAccount,
  request: ExplainRequest,
  running: RunningFacts,
): Promise<ExplainedDecision> {
  const message = hypothetical(request, running)
  const approved =
    message.conversation.kind === 'direct' && (await running.isApproved(message.sender.id, loginOf(message)))
  const { decision, steps } = explain(account, factsOf(message, approved))
  const { action, reason } = decision
  return { action, reason, steps: [{ ...accountStep, detail: describe(running) }, ...steps] }
}

const accountStep = { step: 'account', outcome: 'continue' }

/** Stands for the bot's id while that is unknown, so that a mention can be assumed. */
const unknownBot = { id: 'unknown', name: '', ownerId: undefined }

function hypothetical(request: ExplainRequest, { bot, idStability }: RunningFacts): InboundMessage {
  const { accountId, conversation, senderId, mentioned, text } = request
  const { id, name, ownerId } = bot ?? unknownBot
  return {
    accountId,
    id: 'hypothetical',
    conversation: { kind: conversation.kind, id: normalizeId(conversation.id) },
    sender: { id: normalizeId(senderId) },
    bot: { id, name },
    idStability,
    ...(mentioned && { mentionIds: [id] }),
    kind: 'text',
    text,
    timestampMs: 0,
    ...(ownerId !== undefined && { ownerId }),
  }
}

function describe({ bot }: RunningFacts): string {
  if (bot === undefined) return "not logged in: the bot's name and owner are not known"
  const { id, name, ownerId } = bot
  const called = name === '' || name === id ? id : `${id} (${name})`
  return `logged in as ${called}, ${ownerId === undefined ? 'no owner is known' : `owner ${ownerId}`}`
}
