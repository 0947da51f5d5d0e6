/**
 * Where the markers of emphasis mean emphasis. CommonMark's rules need spaces around words: beside Chinese text, `**注意：**请`
 * and `**100%**的` are no emphasis to them, and would be sent with their stars. Its rules also find emphasis in `2*3*4`, where
 * nothing but rendering may remove a marker: a chat cannot show the italics, and `234` is another number.
 */

/** Chinese, Japanese and Korean text and its punctuation. The space U+3000 stays a space. */
const cjk = /[\u2e80-\u2fff\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uffee]/
/** Punctuation that Chinese shares with other languages is taken for Chinese in a text that has any. */
const cjkPunctuation = /[\u3001-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’…—·]/g
const run = /\*+/g
const punctuation = /[\p{P}\p{S}]/u
const wordCharacter = /[\p{L}\p{N}]/u
const letter = '文'
const mark = '。'

/**
 * The text for the parser, with the same offsets: beside CJK text, markers are flanked as emphasis needs it. Chinese
 * punctuation reads as letters; a CJK character reads as punctuation if there is other punctuation on the other side of a marker.
 */
export function forParser(source: string): string {
  if (!source.includes('*') || !cjk.test(source)) return source
  const text = source.replaceAll(cjkPunctuation, letter)
  const replaced = new Map<number, string>()
  for (const { index, 0: stars } of text.matchAll(run)) {
    const [before, after] = [index - 1, index + stars.length]
    if (isPunctuation(text, before) && cjk.test(text.charAt(after))) replaced.set(after, mark)
    if (isPunctuation(text, after) && cjk.test(text.charAt(before))) replaced.set(before, mark)
  }
  if (replaced.size === 0) return text
  const units = [...Array(text.length).keys()].map((at) => replaced.get(at) ?? text.charAt(at))
  return units.join('')
}

function isPunctuation(text: string, at: number): boolean {
  return punctuation.test(text.charAt(at))
}

/**
 * Whether emphasis is part of a word, a number or a name, and its markers are to be read: `2*3*4`, `__init__.py`.
 * @param start of the whole emphasis, with its markers
 * @param markerLength of each of the two markers
 */
export function isLiteral(source: string, start: number, end: number, markerLength: number): boolean {
  if (isInWord(source, start) || isInWord(source, end - 1)) return true
  if (source[start] !== '_') return false
  const content = source.slice(start + markerLength, end - markerLength)
  if (/\s/.test(content)) return false
  return (
    (markerLength === 2 && dunder.test(content)) ||
    nameBefore.test(source.slice(0, start)) ||
    nameAfter.test(source.slice(end))
  )
}

/** Names of Python such as `__main__`. */
const dunder = /^[a-z][a-z0-9]+(?:_[a-z0-9]+)*$/
/** The markers belong to a longer name: `obj.__dict__`, `a/_b_`, `__init__.py`, `_f_()`. */
const nameBefore = /[A-Za-z0-9)\]][./\\-]$|[/@$]$/
const nameAfter = /^(?:[./\\-][A-Za-z0-9]|[([=])/

/** Whether the run of markers at `at` is between two letters or digits that are not CJK. */
function isInWord(source: string, at: number): boolean {
  let before = at
  let after = at
  while (isMarker(source[before])) before--
  while (isMarker(source[after])) after++
  return isWord(source.charAt(before)) && isWord(source.charAt(after))
}

const isMarker = (character: string | undefined) => character === '*' || character === '_'
const isWord = (character: string) => wordCharacter.test(character) && !cjk.test(character)
