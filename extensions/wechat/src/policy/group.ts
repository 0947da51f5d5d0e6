/**
 * Whom the bot hears and answers in a group. Nothing that was granted in direct chats counts here.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import { mayCommandGroup, namesCommand, parseCommand } from './commands.ts'
import { type Check, decided, type Explanation, type Finding, type Verdict, walk } from './decision.ts'
import type { MessageFacts } from './facts.ts'
import { findMention, stripMention } from './mention.ts'
import { matchAnyone } from './people.ts'
import { type GroupRules, groupRules } from './rules.ts'

interface Case {
  readonly account: ResolvedAccount
  readonly facts: MessageFacts
  readonly rules: GroupRules
}

const checks: readonly Check<Case>[] = [
  ['conversation', groupKnown],
  ['sender', senderKnown],
  ['groupPolicy', policyAlone],
  ['groups', groupAdmitted],
  ['group allowFrom', senderAdmitted],
  ['command', command],
]

export function explainGroup(account: ResolvedAccount, facts: MessageFacts): Explanation {
  const rules = groupRules(account, facts.conversationId, facts.idStability)
  return walk({ account, facts, rules }, checks, ['mention', mentionGate])
}

function groupKnown({ facts }: Case): Finding {
  return facts.conversationId === ''
    ? decided({ action: 'drop', reason: 'no-conversation' }, 'the group has no id')
    : { detail: `group ${facts.conversationId}` }
}

/** A backend that names the group as the sender says nothing of who wrote: no list of senders may take it. */
function senderKnown({ facts }: Case): Finding {
  return facts.senderId === '' || facts.senderId === facts.conversationId
    ? decided({ action: 'drop', reason: 'no-sender' }, 'the sender has no id of their own')
    : { detail: facts.senderId }
}

function policyAlone({ account: { groupPolicy } }: Case): Finding {
  return groupPolicy === 'disabled'
    ? decided({ action: 'drop', reason: 'group-policy-disabled' }, groupPolicy)
    : { detail: groupPolicy }
}

function groupAdmitted({ account: { groupPolicy, groups }, rules: { listedAs, enabled } }: Case): Finding {
  if (listedAs === undefined) {
    return groupPolicy === 'open' && groups.size === 0
      ? { detail: 'names no group, so every group is heard' }
      : decided({ action: 'drop', reason: 'group-not-listed' }, 'does not have the group')
  }
  return enabled
    ? { detail: `has the group as ${listedAs}` }
    : decided({ action: 'drop', reason: 'group-disabled', matched: listedAs }, 'the group is switched off')
}

function senderAdmitted({ facts, rules: { allowFrom } }: Case): Finding {
  if (allowFrom === undefined) return { detail: 'there is no such list, so everybody is heard' }
  const matched = matchAnyone(allowFrom, facts)
  return matched === undefined
    ? decided({ action: 'drop', reason: 'group-sender-not-allowed' }, 'does not have the sender')
    : { detail: `has ${matched}` }
}

/** An authorised command needs no mention; any other is dropped, mention or not. */
function command({ facts, rules: { allowFrom, mentionPatterns } }: Case): Finding {
  const given = namesCommand(facts.text)
    ? parseCommand(stripMention(facts.text, facts, mentionPatterns))
    : undefined
  if (given === undefined) return { detail: 'the message is none' }
  return mayCommandGroup(allowFrom, facts)
    ? decided({ action: 'dispatch', reason: 'group-command', command: given }, `/${given}`)
    : decided({ action: 'drop', reason: 'group-command-refused' }, `the sender may not give /${given}`)
}

function mentionGate({ facts, rules: { requireMention, mentionPatterns } }: Case): Verdict {
  if (!requireMention)
    return decided({ action: 'dispatch', reason: 'group-mention-not-needed' }, 'not needed')
  const mention = findMention(facts, mentionPatterns)
  return mention === undefined
    ? decided(
        { action: 'record', reason: 'group-not-mentioned' },
        'the bot is not mentioned: kept as context',
      )
    : decided(
        { action: 'dispatch', reason: 'group-mentioned', mention },
        `the bot is mentioned (${mention.by})`,
      )
}
