/**
 * Decides which groups and senders the bot listens to, and which messages it answers. No permission of direct chats
 * applies here.
 */

import type { ResolvedAccount } from '../config/resolve.ts'
import { mayCommandGroup, namesCommand, parseCommand } from './commands.ts'
import { type Check, type Decided, decided, type Explanation, type Finding, walk } from './decision.ts'
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
  ['own accounts', ownBot],
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

/** If a backend names the group as the sender, the author is unknown, and no list of senders may admit the message. */
function senderKnown({ facts }: Case): Finding {
  return facts.senderId === '' || facts.senderId === facts.conversationId
    ? decided({ action: 'drop', reason: 'no-sender' }, 'the sender has no id')
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
      ? { detail: 'is empty, so every group is admitted' }
      : decided({ action: 'drop', reason: 'group-not-listed' }, 'does not list the group')
  }
  return enabled
    ? { detail: `lists the group as ${listedAs}` }
    : decided({ action: 'drop', reason: 'group-disabled', matched: listedAs }, 'the group is disabled')
}

function senderAdmitted({ facts, rules: { allowFrom } }: Case): Finding {
  if (allowFrom === undefined) return { detail: 'is not set, so every sender is admitted' }
  const matched = matchAnyone(allowFrom, facts)
  return matched === undefined
    ? decided({ action: 'drop', reason: 'group-sender-not-allowed' }, 'does not list the sender')
    : { detail: `lists ${matched}` }
}

/** Two accounts of this gateway that answer each other never stop. What they say is context like what people say. */
function ownBot({ facts, rules: { answerOwnBots } }: Case): Finding {
  if (!facts.fromOwnBot) return { detail: 'the sender is not one of them' }
  return answerOwnBots
    ? { detail: 'the sender is one of them, and answerOwnBots is set' }
    : decided({ action: 'record', reason: 'group-own-bot' }, 'the sender is another account of this gateway')
}

/** A permitted command needs no mention. Any other command is dropped, even with a mention. */
function command({ facts, rules: { allowFrom, mentionPatterns } }: Case): Finding {
  const given = namesCommand(facts.text)
    ? parseCommand(stripMention(facts.text, facts, mentionPatterns))
    : undefined
  if (given === undefined) return { detail: 'the message is not a command' }
  return mayCommandGroup(allowFrom, facts)
    ? decided({ action: 'dispatch', reason: 'group-command', command: given }, `/${given}`)
    : decided({ action: 'drop', reason: 'group-command-refused' }, `the sender may not give /${given}`)
}

function mentionGate({ facts, rules: { requireMention, mentionPatterns } }: Case): Decided {
  if (!requireMention)
    return decided({ action: 'dispatch', reason: 'group-mention-not-needed' }, 'a mention is not required')
  const mention = findMention(facts, mentionPatterns)
  return mention === undefined
    ? decided(
        { action: 'record', reason: 'group-not-mentioned' },
        'the bot is not mentioned; the message is stored as context',
      )
    : decided(
        { action: 'dispatch', reason: 'group-mentioned', mention },
        `the bot is mentioned (${mention.by})`,
      )
}
