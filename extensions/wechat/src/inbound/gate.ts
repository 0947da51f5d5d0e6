/**
 * The gate with the facts of the moment: approvals and the other accounts of this channel. A message passes it when it
 * comes, and again when its turn starts and when the answer is finished.
 */

import type { PairingStore } from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import { type InboundMessage, loginOf } from '../model/message.ts'
import { decide } from '../policy/decide.ts'
import type { Decision } from '../policy/decision.ts'
import { factsOf, type SenderFacts } from '../policy/facts.ts'
import type { OwnBots } from './own-bots.ts'

export interface GateOptions {
  readonly account: ResolvedAccount
  readonly pairing: Pick<PairingStore, 'isApproved'>
  readonly ownBots: OwnBots
}

export class Gate {
  readonly #options: GateOptions

  constructor(options: GateOptions) {
    this.#options = options
  }

  /** @throws what the host's pairing throws */
  async decide(message: InboundMessage): Promise<Decision> {
    const decision = decide(
      this.#options.account,
      factsOf(message, await senderFacts(message, this.#options)),
    )
    return message.withheld && !isRefusal(decision) ? { action: 'drop', reason: 'withheld' } : decision
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
