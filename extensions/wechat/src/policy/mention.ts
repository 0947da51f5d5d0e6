/**
 * Whether a group message is meant for the bot, and what it says without the mention. A mention opens no door that
 * the policy keeps shut, so names may count here and nowhere else.
 */

import type { MentionPatterns } from '../config/patterns.ts'
import { callOf, cutCalls, hasCall, invisibles } from './call.ts'
import type { BotNames, MentionFacts } from './facts.ts'

export interface Mention {
  /** `native`: the backend's own list; `quote`: an answer to the bot; `name`, `alias`: `@` and what it is called. */
  readonly by: 'native' | 'quote' | 'name' | 'alias' | 'pattern'
  /** The name, alias or pattern that was found. */
  readonly found?: string
}

/** UTF-16 units of a message that `mentionPatterns` are tried on; later ones are not looked at. */
export const maxPatternTextLength = 1_000

/** A message that addresses everybody, and so not the bot, even if it is called so. */
const namesOfAll = ['all', '所有人']
const callsOfAll = namesOfAll.map(callOf)

/** @param patterns the group's `mentionPatterns`. */
export function findMention(facts: MentionFacts, patterns: MentionPatterns): Mention | undefined {
  if (isInNativeList(facts)) return { by: 'native' }
  if (facts.quotesBot) return { by: 'quote' }
  return findName(facts) ?? findPattern(facts.text, patterns)
}

/**
 * The message without its mentions of the bot, as the agent gets it; empty where it said nothing else. What a pattern
 * matched is cut where it begins with `@`: other patterns match words that belong to the message.
 */
export function stripMention(text: string, bot: BotNames, patterns: MentionPatterns): string {
  if (!text.includes('@')) return text
  const calls = namesOf(bot).map(({ call }) => call)
  const named = cutCalls(text, calls)
  const rest = patterns.cutCalls(named.slice(0, maxPatternTextLength)) + named.slice(maxPatternTextLength)
  return rest === text ? text : rest.trim().replace(/^[,，:：、]\s*/u, '')
}

/** Backends list everybody for `@all`, so that says nothing of the bot. */
function isInNativeList({ mentionIds, selfId, text }: MentionFacts): boolean {
  return (
    selfId !== '' && mentionIds?.includes(selfId) === true && !callsOfAll.some((call) => hasCall(text, call))
  )
}

function findName(facts: MentionFacts): Mention | undefined {
  const found = namesOf(facts).find(({ call }) => hasCall(facts.text, call))
  return found && { by: found.by, found: found.name }
}

function findPattern(text: string, patterns: MentionPatterns): Mention | undefined {
  if (patterns.sources.length === 0) return undefined
  const found = patterns.find(text.slice(0, maxPatternTextLength).replaceAll(invisibles, ''))
  return found === undefined ? undefined : { by: 'pattern', found }
}

/** What the bot is called, longest first: one name may begin with the other. */
function namesOf({ selfName, selfGroupAlias = '' }: BotNames) {
  const names = [
    { by: 'name', name: selfName, call: callOf(selfName) },
    { by: 'alias', name: selfGroupAlias, call: callOf(selfGroupAlias) },
  ] as const
  return names
    .filter(({ call }) => !namesOfAll.includes(call.join('')))
    .sort((one, other) => other.call.length - one.call.length)
}
