/**
 * Finds out whether a group message mentions the bot, and removes the mention from its text. Names count here and nowhere
 * else, because a mention never admits a sender or a group.
 */

import type { MentionPatterns } from '../config/patterns.ts'
import type { BotNames, MentionFacts } from './facts.ts'

/** A name in the form that is searched for: lower-case letters and single spaces, without invisible marks. Empty: no match. */
type Call = readonly string[]

/** In UTF-16 units. WeChat allows far fewer. A longer name is not searched for. */
const maxNameLength = 100

/** Zero-width and direction marks, fillers, variation selectors. */
const invisibles = /\p{Default_Ignorable_Code_Point}+/gu

// Sticky patterns that match at one position. U+2005, which WeChat puts after a mention, is white space; U+FEFF is a mark.
const marksHere = /\p{Default_Ignorable_Code_Point}+/uy
const spaceHere = /[^\S\uFEFF][\s\p{Default_Ignorable_Code_Point}]*/uy
/** Symbols such as `~` end a name, as punctuation does. Emoji do not, because names contain them. */
const nameEndsHere = /$|[\s\p{P}\p{Sm}\p{Sc}\p{Sk}]/uy

function callOf(name: string): Call {
  if (name.length > maxNameLength) return []
  const visible = name.replaceAll(invisibles, '').trim().replaceAll(/\s+/gu, ' ')
  return Array.from(visible, (letter) => letter.toLowerCase())
}

/** Whether the text contains `@` and this name. Case and invisible marks are ignored. */
function hasCall(text: string, call: Call): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (endOfCall(text, at, call) !== undefined) return true
  }
  return false
}

/** Removes these calls and the white space after each. If two match at one place, the first in the list is removed. */
function cutCalls(text: string, calls: readonly Call[]): string {
  let kept = ''
  let from = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', Math.max(from, at + 1))) {
    const end = calls.map((call) => endOfCall(text, at, call)).find((index) => index !== undefined)
    if (end === undefined) continue
    kept += text.slice(from, at)
    from = past(spaceHere, text, end)
  }
  return kept + text.slice(from)
}

/** The end of the call at `at`, if it calls this name. */
function endOfCall(text: string, at: number, call: Call): number | undefined {
  if (call.length === 0) return undefined
  let index = at + 1
  for (const letter of call) {
    const here = past(marksHere, text, index)
    index = letter === ' ' ? past(spaceHere, text, here) : pastLetter(letter, text, here)
    if (index === here) return undefined
  }
  index = past(marksHere, text, index)
  nameEndsHere.lastIndex = index
  return nameEndsHere.test(text) ? index : undefined
}

/** The index after the match at `index`, or `index` if there is no match. */
function past(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index
  return pattern.test(text) ? pattern.lastIndex : index
}

function pastLetter(letter: string, text: string, index: number): number {
  const found = text.codePointAt(index)
  if (found === undefined) return index
  const character = String.fromCodePoint(found)
  return character.toLowerCase() === letter ? index + character.length : index
}

export interface Mention {
  /** `native`: the backend's own list; `quote`: a quoted message of the bot; `name`, `alias`: `@` and that name. */
  readonly by: 'native' | 'quote' | 'name' | 'alias' | 'pattern'
  /** The name, alias or pattern that was found. */
  readonly found?: string
}

/** The first UTF-16 units of a message, which `mentionPatterns` are matched against. The rest is not searched. */
export const maxPatternTextLength = 1_000

/** Names that address every member of a group. They never count as the bot's name. */
const namesOfAll = ['all', '所有人']
const callsOfAll = namesOfAll.map(callOf)

/** @param patterns the group's `mentionPatterns`. */
export function findMention(facts: MentionFacts, patterns: MentionPatterns): Mention | undefined {
  if (isInNativeList(facts)) return { by: 'native' }
  if (facts.quotesBot) return { by: 'quote' }
  return findName(facts) ?? findPattern(facts.text, patterns)
}

/**
 * Removes the mentions of the bot from the text for the agent. The result is empty if the message contains nothing else.
 * The match of a pattern is removed only if it begins with `@`, because other matches are part of the message.
 */
export function stripMention(text: string, bot: BotNames, patterns: MentionPatterns): string {
  if (!text.includes('@')) return text
  const calls = namesOf(bot).map(({ call }) => call)
  const named = cutCalls(text, calls)
  const rest = patterns.cutCalls(named.slice(0, maxPatternTextLength)) + named.slice(maxPatternTextLength)
  return rest === text ? text : rest.trim().replace(/^[,，:：、]\s*/u, '')
}

/**
 * Backends list every member for `@all`. So a list with other members means no mention of the bot if the text addresses
 * everybody; a list of the bot alone always does.
 */
function isInNativeList({ mentionIds = [], selfId, text }: MentionFacts): boolean {
  if (selfId === '' || !mentionIds.includes(selfId)) return false
  return mentionIds.every((id) => id === selfId) || !callsOfAll.some((call) => hasCall(text, call))
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

/** The names of the bot, longest first, because one name may begin with the other. */
function namesOf({ selfName, selfGroupAlias = '' }: BotNames) {
  const names = [
    { by: 'name', name: selfName, call: callOf(selfName) },
    { by: 'alias', name: selfGroupAlias, call: callOf(selfGroupAlias) },
  ] as const
  return names
    .filter(({ call }) => !namesOfAll.includes(call.join('')))
    .sort((one, other) => other.call.length - one.call.length)
}
