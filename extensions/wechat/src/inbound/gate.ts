/**
 * The gate with the facts of the moment: approvals and the other accounts of this channel. A message passes it when it
 * comes, and again when its turn starts and when the answer is finished.
 */

import type { PairingStore } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import { type InboundMessage, loginOf } from '../model/message.ts'
import { explain } from '../policy/decide.ts'
import type { Decision, Step } from '../policy/decision.ts'
import { factsOf, type SenderFacts } from '../policy/facts.ts'
import type { OwnBots } from './own-bots.ts'

export interface GateOptions {
  readonly account: ResolvedAccount
  readonly pairing: Pick<PairingStore, 'isApproved'>
  readonly ownBots: OwnBots
}

/** A decision with the steps that led to it, which are stored with the message. */
export interface GateDecision {
  readonly decision: Decision
  readonly steps: readonly Step[]
}

const withheldStep: Step = {
  step: 'text',
  outcome: 'drop',
  detail: 'was not stored, because the sender was not admitted when the message came',
}

export class Gate {
  readonly #options: GateOptions

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** @throws what the host's pairing throws */
  async decide(message: InboundMessage): Promise<Decision> {
    return (await this.explain(message)).decision
  }

  /** As {@link decide}, with the steps. */
  async explain(message: InboundMessage): Promise<GateDecision> {
    const facts = factsOf(message, await senderFacts(message, this.#options))
    const { decision, steps } = explain(this.#options.account, facts)
    return message.withheld && !isRefusal(decision)
      ? { decision: { action: 'drop', reason: 'withheld' }, steps: [...steps, withheldStep] }
      : { decision, steps }
  }
}

async function senderFacts(
  message: InboundMessage,
  { account, pairing, ownBots }: GateOptions,
): Promise<SenderFacts> {
  const { conversation, sender } = message
  return {
    fromOwnBot: ownBots.accountOf(sender.id) !== undefined,
    approved:
      conversation.kind === 'direct' && (await pairing.isApproved(account.id, sender.id, loginOf(message))),
  }
}

/** The sender is not admitted: the text is not stored. */
export function isRefusal({ action }: Decision): boolean {
  return action === 'drop' || action === 'pair'
}

/** The message without anything that its sender said. */
export function withoutWords(message: InboundMessage): InboundMessage {
  const { quote: _, rest: __, ...facts } = message
  const { id, alias } = message.sender
  return { ...facts, sender: { id, ...(alias !== undefined && { alias }) }, text: '', withheld: true }
}
