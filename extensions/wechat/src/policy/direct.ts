/**
 * Decides who may talk to the bot in a direct chat. Empty, missing and unknown values are rejected.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import { mayCommandDirect, parseCommand } from './commands.ts'
import { type Check, type Decided, decided, type Explanation, type Finding, walk } from './decision.ts'
import type { MessageFacts } from './facts.ts'
import { matchAnyone } from './people.ts'

type Account = Pick<ResolvedAccount, 'dmPolicy' | 'allowFrom'>

interface Case {
  readonly account: Account
  readonly facts: MessageFacts
}

const checks: readonly Check<Case>[] = [
  ['sender', senderKnown],
  ['own accounts', ownBot],
  ['dmPolicy', policyAlone],
  ['allowFrom', listed],
  ['pairing list', approved],
  ['owner', owner],
]

export function explainDirect(account: Account, facts: MessageFacts): Explanation {
  const admission = walk({ account, facts }, checks, ['stranger', stranger])
  return admission.decision.action === 'dispatch' ? withCommand(account, facts, admission) : admission
}

function senderKnown({ facts }: Case): Finding {
  return facts.senderId === ''
    ? decided({ action: 'drop', reason: 'no-sender' }, 'the sender has no id')
    : { detail: facts.senderId }
}

/** Two accounts of this gateway that answer each other never stop. */
function ownBot({ facts }: Case): Finding {
  return facts.fromOwnBot
    ? decided({ action: 'drop', reason: 'dm-own-bot' }, 'the sender is another account of this gateway')
    : { detail: 'the sender is not one of them' }
}

function policyAlone({ account: { dmPolicy } }: Case): Finding {
  if (dmPolicy === 'disabled') return decided({ action: 'drop', reason: 'dm-disabled' }, dmPolicy)
  if (dmPolicy === 'open') return decided({ action: 'dispatch', reason: 'dm-open' }, dmPolicy)
  return { detail: dmPolicy }
}

function listed({ account: { allowFrom }, facts }: Case): Finding {
  const matched = matchAnyone(allowFrom, facts)
  return matched === undefined
    ? { detail: 'does not list the sender' }
    : decided({ action: 'dispatch', reason: 'dm-allowed', matched }, `lists ${matched}`)
}

function approved({ facts }: Case): Finding {
  return facts.approved
    ? decided({ action: 'dispatch', reason: 'dm-approved' }, 'the operator approved the sender')
    : { detail: 'does not list the sender' }
}

/** The owner needs no pairing, but an allowlist must list the owner too. */
function owner({ account: { dmPolicy }, facts }: Case): Finding {
  if (facts.senderId !== facts.ownerId) return { detail: 'the sender is not the owner' }
  return dmPolicy === 'pairing'
    ? decided({ action: 'dispatch', reason: 'dm-owner' }, 'the sender is the owner')
    : { detail: `dmPolicy ${dmPolicy} does not admit the owner` }
}

function stranger({ account: { dmPolicy } }: Case): Decided {
  return dmPolicy === 'pairing'
    ? decided({ action: 'pair', reason: 'dm-unknown-sender' }, 'the sender gets a pairing code, once')
    : decided({ action: 'drop', reason: 'dm-unknown-sender' }, 'the sender is not answered')
}

/** A command from a sender who may not give it is treated as text. */
function withCommand(account: Account, facts: MessageFacts, { decision, steps }: Explanation): Explanation {
  const command = parseCommand(facts.text)
  if (command === undefined) return { decision, steps }
  const isPermitted = mayCommandDirect(account, facts)
  const detail = isPermitted
    ? `/${command}`
    : `the sender may not give /${command}; the agent gets it as text`
  return {
    decision: isPermitted ? { ...decision, command } : decision,
    steps: [...steps, { step: 'command', outcome: decision.action, detail }],
  }
}
