/**
 * Whether a group message is meant for the bot, and what it says without the mention. A mention opens no door that
 * the policy keeps shut, so names may count here and nowhere else.
 */

import type { BotNames, MentionFacts } from './facts.ts'

export interface Mention {
  /** `native`: the backend's own list; `quote`: an answer to the bot; `name`, `alias`: `@` and what it is called. */
  readonly by: 'native' | 'quote' | 'name' | 'alias' | 'pattern'
  /** The name, alias or pattern that was found. */
  readonly found?: string
}

/**
 * UTF-16 units of a message that `mentionPatterns` are tried on; later ones are not looked at. A pattern that steps
 * back over itself costs the square or cube of what it is tried on, and the text comes from strangers.
 */
export const maxPatternTextLength = 1_000

/** UTF-16 units. WeChat allows far fewer; a longer name is not looked for. */
const maxBotNameLength = 100

/** What is not seen: zero-width and direction marks, fillers, variation selectors. */
const invisible = String.raw`\p{Default_Ignorable_Code_Point}`
const invisibles = new RegExp(invisible, 'gu')
/** JavaScript's `\s` has U+2005, which WeChat puts after a mention, and U+FEFF, which is invisible rather than space. */
const space = String.raw`[^\S\uFEFF]`
/** Symbols such as `~` end a name as punctuation does. Emoji do not: names have them. */
const nameEnd = String.raw`(?=${invisible}*(?:$|[\s\p{P}\p{Sm}\p{Sc}\p{Sk}]))`

/** Names under which a message addresses everybody, never the bot, even if it is called so. */
const namesOfAll = '(?:all|所有人)'
const isNameOfAll = new RegExp(`^${namesOfAll}$`, 'iu')
const mentionOfAll = new RegExp(`@${namesOfAll}${nameEnd}`, 'iu')

/** @param patterns the group's `mentionPatterns`. */
export function findMention(facts: MentionFacts, patterns: readonly RegExp[]): Mention | undefined {
  if (isInNativeList(facts)) return { by: 'native' }
  if (facts.quotesBot) return { by: 'quote' }
  return findName(facts) ?? findPattern(facts.text, patterns)
}

/**
 * The message without its mentions of the bot, as the agent gets it; empty where it said nothing else. What a pattern
 * matched is cut where it begins with `@`: other patterns match words that belong to the message.
 */
export function stripMention(text: string, names: BotNames, patterns: readonly RegExp[]): string {
  if (!text.includes('@')) return text
  const named = calls(names).reduce((left, { name }) => left.replaceAll(mentionOf(name), ''), text)
  const rest = patterns.reduce(cutPattern, named)
  return rest === text ? text : rest.trim().replace(/^[,，:：、]\s*/u, '')
}

/** Backends list everybody for `@all`, so that says nothing of the bot. */
function isInNativeList({ mentionIds, selfId, text }: MentionFacts): boolean {
  return selfId !== '' && mentionIds?.includes(selfId) === true && !mentionOfAll.test(text)
}

function findName({ text, ...names }: MentionFacts): Mention | undefined {
  if (!text.includes('@')) return undefined
  const call = calls(names).find(({ name }) => mentionOf(name).test(text))
  return call && { by: call.by, found: call.name }
}

function findPattern(text: string, patterns: readonly RegExp[]): Mention | undefined {
  if (patterns.length === 0) return undefined
  const visible = text.slice(0, maxPatternTextLength).replaceAll(invisibles, '')
  const found = patterns.find((pattern) => pattern.test(visible))
  return found && { by: 'pattern', found: found.source }
}

/** What the bot is called, longest first: one name may begin with the other. */
function calls({ selfName, selfGroupAlias = '' }: BotNames) {
  const all = [
    { by: 'name', name: visibleName(selfName) },
    { by: 'alias', name: visibleName(selfGroupAlias) },
  ] as const
  return all
    .filter(({ name }) => name !== '' && !isNameOfAll.test(name))
    .sort((one, other) => other.name.length - one.name.length)
}

function visibleName(name: string): string {
  return name.length > maxBotNameLength ? '' : name.replaceAll(invisibles, '').trim()
}

/**
 * `@name`, the end of the name and the space after it, with any invisible character in between; case never matters in
 * a mention. No two neighbouring parts take the same character, so it never steps back far.
 */
function mentionOf(name: string): RegExp {
  const words = name.split(/\s+/u).map((word) => Array.from(word, literally).join(`${invisible}*`))
  const call = words.join(`${invisible}*${space}[\\s${invisible}]*`)
  return new RegExp(`@${invisible}*${call}${nameEnd}${space}*`, 'giu')
}

function literally(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')
}

function cutPattern(text: string, { source, flags }: RegExp): string {
  const cut = new RegExp(`(?=@)(?:${source})${space}*`, `g${flags}`)
  return text.slice(0, maxPatternTextLength).replaceAll(cut, '') + text.slice(maxPatternTextLength)
}
