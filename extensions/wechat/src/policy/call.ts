/**
 * `@` and a name in a text, as people call somebody in a group. A scanner rather than a regex: every group may have a
 * name of its own for the bot, and a regex for each would cost more than everything else in a decision.
 */

/** A name as it is looked for: letters in lower case and single spaces, without marks. Empty: nobody is called so. */
export type Call = readonly string[]

/** UTF-16 units. WeChat allows far fewer; a longer name is not looked for. */
const maxNameLength = 100

/** Zero-width and direction marks, fillers, variation selectors. */
export const invisibles = /\p{Default_Ignorable_Code_Point}+/gu

// What stands at one place of the text. U+2005, which WeChat puts after a mention, is white space; U+FEFF is a mark.
const marksHere = /\p{Default_Ignorable_Code_Point}+/uy
const spaceHere = /[^\S\uFEFF][\s\p{Default_Ignorable_Code_Point}]*/uy
/** Symbols such as `~` end a name as punctuation does. Emoji do not: names have them. */
const nameEndsHere = /$|[\s\p{P}\p{Sm}\p{Sc}\p{Sk}]/uy

export function callOf(name: string): Call {
  if (name.length > maxNameLength) return []
  const visible = name.replaceAll(invisibles, '').trim().replaceAll(/\s+/gu, ' ')
  return Array.from(visible, (letter) => letter.toLowerCase())
}

/** Whether the text calls this name. Case and marks do not matter. */
export function hasCall(text: string, call: Call): boolean {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (endOfCall(text, at, call) !== undefined) return true
  }
  return false
}

/** The text without these calls and the white space after each. Where two fit, the first in the list is cut. */
export function cutCalls(text: string, calls: readonly Call[]): string {
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
