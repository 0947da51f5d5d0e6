/**
 * Text of strangers on its way to the agent: names, quotes, file names, what others said. It stays readable and loses
 * what could pass for something else than data: control characters, invisible and direction marks, and whatever looks
 * like the markers, tags or speaker lines of a prompt. The host puts its own marks around it.
 */

/** UTF-16 units that the agent sees of each. */
export const untrustedCaps = { name: 64, fileName: 128, quote: 1_000, groupMessage: 2_000 } as const

/** Read of a text before anything is removed from it, as a multiple of what may be left. */
const readAhead = 4

/** U+FE0F and ZWJ hold emoji together; elsewhere they only hide. */
const straySelector = /(?<!\p{Emoji})\ufe0f/gu
const strayJoiner = /(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d/gu
const invisible = /[[\p{Default_Ignorable_Code_Point}\p{Format}]--[\u200d\ufe0f]]/gv
const lineBreak = /\r\n?|[\n\v\f\u0085\u2028\u2029]/gu
const control = /\p{Control}/gu
const controlInLine = /[\p{Control}--\n]/gv

/** Brackets and the colon that a line such as `[name]: text` is made of, and twins that only look the same. */
const twins: ReadonlyMap<string, string> = new Map(
  Array.from('<>[]{}:', (sign) => [sign, String.fromCodePoint(sign.charCodeAt(0) + 0xfee0)]),
)

const structural = /[<>[\]{}:]/gu
/** `<<<`, `[[`, `</tag>`, `<|token|>`. */
const marker = /<{2,}|>{2,}|\[{2,}|\]{2,}|<(?=[\p{L}/|!?])|\|>/gu
/** What begins a line as a part of a prompt does: a speaker, a bracket, a fence, a rule, a heading. */
const partOfPrompt =
  /^(?=[ \t*_]*(?:(?:system|developer|assistant|user|human|tool|系统|助手|用户)[ \t*_]*[:：]|[[#]|`{3}|~{3}|-{3}|={3}))/gimu

/** One line: a name, a group's name, a file's name. Empty if nothing visible is left. */
export function safeLabel(text: string, maxLength: number = untrustedCaps.name): string {
  const line = visible(text, maxLength).replaceAll(control, ' ').replaceAll(/\s+/gu, ' ').trim()
  return cap(line.replaceAll(structural, twinOf), maxLength)
}

/** Lines: a quote, what others said. Those that could be taken for a part of the prompt begin with `> `. */
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

/** Never ends inside a character. */
function cap(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text
  return `${text
    .slice(0, maxLength - 1)
    .replace(/[\ud800-\udbff]$/u, '')
    .trimEnd()}…`
}
