/**
 * Whether a group message is meant for the bot, and what it says without the mention. A mention opens no door that the
 * policy keeps shut, so names may count here and nowhere else.
 */

import type { MentionPatterns } from '../config/patterns.ts'
import type { BotNames, MentionFacts } from './facts.ts'

/** A name as it is looked for: letters in lower case and single spaces, without marks. Empty: nobody is called so. */
type Call = readonly string[]

/** UTF-16 units. WeChat allows far fewer; a longer name is not looked for. */
const maxNameLength = 100

/** Zero-width and direction marks, fillers, variation selectors. */
const invisibles = /\p{Default_Ignorable_Code_Point}+/gu

// What stands at one place of the text. U+2005, which WeChat puts after a mention, is white space; U+FEFF is a mark.
const marksHere = /\p{Default_Ignorable_Code_Point}+/uy
const spaceHere = /[^\S\uFEFF][\s\p{Default_Ignorable_Code_Point}]*/uy
/** Symbols such as `~` end a name as punctuation does. Emoji do not: names have them. */
const nameEndsHere = /$|[\s\p{P}\p{Sm}\p{Sc}\p{Sk}]/uy

function callOf(name: string): Call {
  if (name.length > maxNameLength) return []
  const visible = name.replaceAll(invisibles, '').trim().replaceAll(/\s+/gu, ' ')
  return Array.from(visible, (letter) => letter.toLowerCase())
}

/** Whether the text calls this name. Case and marks do not matter. */
function hasCall(text: string, call: Call): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (endOfCall(text, at, call) !== undefined) return true
  }
  return false
}

/** The text without these calls and the white space after each. Where two fit, the first in the list is cut. */
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

/** Where the name ends that the `@` at `at` calls, if it is this one. */
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

/** The index behind what matches at `index`; the same one if nothing does. */
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
