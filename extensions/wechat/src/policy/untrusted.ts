/**
 * Sanitises text of strangers for the agent: names, quotes, file names and messages of other people. The text stays
 * readable, but everything that a model could take for something else than data is removed or replaced: control
 * characters, invisible and direction marks, and markers, tags and speaker lines of a prompt. The host adds its own
 * delimiters around the text.
 */

/** The longest text of each kind that the agent sees, in UTF-16 units. */
export const untrustedCaps = { name: 64, fileName: 128, quote: 1_000, groupMessage: 2_000 } as const

/** How much of a text is read before sanitising, as a multiple of its cap. */
const readAhead = 4

/** U+FE0F and ZWJ join emoji. Anywhere else they are only invisible. */
const straySelector = /(?<!\p{Emoji})\ufe0f/gu
const strayJoiner = /(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d/gu
const invisible = /[[\p{Default_Ignorable_Code_Point}\p{Format}]--[\u200d\ufe0f]]/gv
const lineBreak = /\r\n?|[\n\v\f\u0085\u2028\u2029]/gu
const control = /\p{Control}/gu
const controlInLine = /[\p{Control}--\n]/gv

/** The brackets and the colon of a line such as `[name]: text`, with the full-width characters that replace them. */
const twins: ReadonlyMap<string, string> = new Map(
  Array.from('<>[]{}:', (sign) => [sign, String.fromCodePoint(sign.charCodeAt(0) + 0xfee0)]),
)

const structural = /[<>[\]{}:]/gu
/** `<<<`, `[[`, `</tag>`, `<|token|>`. */
const marker = /<{2,}|>{2,}|\[{2,}|\]{2,}|<(?=[\p{L}/|!?])|\|>/gu
/** Line beginnings that look like part of a prompt: a speaker, a bracket, a fence, a rule, a heading. */
const partOfPrompt =
  /^(?=[ \t*_]*(?:(?:system|developer|assistant|user|human|tool|系统|助手|用户)[ \t*_]*[:：]|[[#]|`{3}|~{3}|-{3}|={3}))/gimu

/** Sanitises a single line: a name, the name of a group or of a file. Empty if nothing visible is left. */
export function safeLabel(text: string, maxLength: number = untrustedCaps.name): string {
  const line = visible(text, maxLength).replaceAll(control, ' ').replaceAll(/\s+/gu, ' ').trim()
  return cap(line.replaceAll(structural, twinOf), maxLength)
}

/** Sanitises several lines, such as a quote. Lines that look like part of a prompt get the prefix `> `. */
export function safeBody(text: string, maxLength: number): string {
  const lines = visible(text, maxLength).replaceAll(lineBreak, '\n').replaceAll(controlInLine, ' ').trim()
  return cap(lines.replaceAll(marker, twinsOf).replaceAll(partOfPrompt, '> '), maxLength)
}

function visible(text: string, maxLength: number): string {
  const read = text.slice(0, maxLength * readAhead).toWellFormed()
  return [invisible, straySelector, strayJoiner].reduce((rest, marks) => rest.replaceAll(marks, ''), read)
}

function twinOf(sign: string): string {
  return twins.get(sign) ?? sign
}

function twinsOf(signs: string): string {
  return Array.from(signs, twinOf).join('')
}

/** Shortens a text without splitting a character. */
function cap(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return `${text
    .slice(0, maxLength - 1)
    .replace(/[\ud800-\udbff]$/u, '')
    .trimEnd()}…`
}
