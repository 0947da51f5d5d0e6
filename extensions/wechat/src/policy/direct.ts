/**
 * Who may talk to the bot in a direct chat. What is empty, missing or unknown is refused.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import { mayCommandDirect, parseCommand } from './commands.ts'
import { type Check, decided, type Explanation, type Finding, type Verdict, walk } from './decision.ts'
import type { MessageFacts } from './facts.ts'
import { matchAnyone } from './people.ts'

type Account = Pick<ResolvedAccount, 'dmPolicy' | 'allowFrom'>

interface Case {
  readonly account: Account
  readonly facts: MessageFacts
}

const checks: readonly Check<Case>[] = [
  ['sender', senderKnown],
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

function policyAlone({ account: { dmPolicy } }: Case): Finding {
  if (dmPolicy === 'disabled') return decided({ action: 'drop', reason: 'dm-disabled' }, dmPolicy)
  if (dmPolicy === 'open') return decided({ action: 'dispatch', reason: 'dm-open' }, dmPolicy)
  return { detail: dmPolicy }
}

function listed({ account: { allowFrom }, facts }: Case): Finding {
  const matched = matchAnyone(allowFrom, facts)
  return matched === undefined
    ? { detail: 'does not have the sender' }
    : decided({ action: 'dispatch', reason: 'dm-allowed', matched }, `has ${matched}`)
}

function approved({ facts }: Case): Finding {
  return facts.approved
    ? decided({ action: 'dispatch', reason: 'dm-approved' }, 'the operator approved the sender')
    : { detail: 'does not have the sender' }
}

/** The owner passes pairing; an allowlist means what it says. */
function owner({ account: { dmPolicy }, facts }: Case): Finding {
  if (facts.senderId !== facts.ownerId) return { detail: 'the sender is not the owner' }
  return dmPolicy === 'pairing'
    ? decided({ action: 'dispatch', reason: 'dm-owner' }, 'the sender is the owner')
    : { detail: `the owner does not pass ${dmPolicy}` }
}

function stranger({ account: { dmPolicy } }: Case): Verdict {
  return dmPolicy === 'pairing'
    ? decided({ action: 'pair', reason: 'dm-unknown-sender' }, 'gets a pairing code, once')
    : decided({ action: 'drop', reason: 'dm-unknown-sender' }, 'is not answered')
}

/** A command of somebody who may not give it is text like any other. */
function withCommand(account: Account, facts: MessageFacts, { decision, steps }: Explanation): Explanation {
  const command = parseCommand(facts.text)
  if (command === undefined) return { decision, steps }
  const obeyed = mayCommandDirect(account, facts)
  const detail = obeyed ? `/${command}` : `the sender may not give /${command}: it goes to the agent as text`
  return {
    decision: obeyed ? { ...decision, command } : decision,
    steps: [...steps, { step: 'command', outcome: decision.action, detail }],
  }
}
