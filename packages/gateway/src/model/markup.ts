/**
 * The marks that models write into their text although they are for programs: thoughts, calls of tools, the tokens
 * that end a message. Which of them a server takes out differs by model, server and template, so all that models in
 * use are known to write are recognised, whatever the model is called.
 */

export type Mark =
  /** What follows is hidden, up to the mark that ends it. */
  | 'open'
  /** Ends what is hidden. Alone: everything before it was hidden, for the template had the opening one. */
  | 'close'
  /** Ends what is hidden, and the answer follows. */
  | 'answer'
  /** Hidden itself, and nothing else. */
  | 'token'

export interface FoundMark {
  readonly mark: Mark
  readonly length: number
  /** What was opened or closed: a mark closes only what is of its kind. */
  readonly kind: 'thought' | 'call'
}

const thoughts = 'think|thinking|thought|thoughts|reasoning|reflection|analysis|antthinking|seed:think'
const calls =
  'tool_call|tool_calls|function_call|function_calls|tools_call|tool_code|invoke|function|minimax:tool_call|turn-note'
const answers = 'final|answer|final_answer'
/** Attributes included. What is longer is text. */
const maxMarkLength = 200

/** One kind of mark: how it is written, sticky at the place in question. */
interface Form {
  readonly form: RegExp
  readonly mark: Mark
  readonly kind: FoundMark['kind']
}

const attributes = '(?:[\\s=][^<>]*)?'
const tag = (names: string, slash: '' | '/') =>
  new RegExp(`<${slash}\\s?(?:${names})${attributes}\\s?>`, 'iy')
const form = (pattern: RegExp, mark: Mark, kind: FoundMark['kind'] = 'thought'): Form => ({
  form: pattern,
  mark,
  kind,
})

/** The first that fits counts. */
const forms: readonly Form[] = [
  form(tag(thoughts, ''), 'open'),
  form(tag(thoughts, '/'), 'close'),
  form(tag(calls, ''), 'open', 'call'),
  form(tag(calls, '/'), 'close', 'call'),
  form(tag(answers, ''), 'answer'),
  form(tag(answers, '/'), 'token'),
  // Mistral.
  form(/\[THINK\]/y, 'open'),
  form(/\[\/THINK\]/y, 'close'),
  form(/\[TOOL_CALLS\]/y, 'open', 'call'),
  form(/\[\/TOOL_CALLS\]/y, 'close', 'call'),
  // Kimi.
  form(/◁think▷/y, 'open'),
  form(/◁\/think▷/y, 'close'),
  // Templates: gpt-oss names channels; others have a token for each mark.
  form(/<\|channel\|>\s?final\s?<\|message\|>/y, 'answer'),
  form(/<\|channel\|>\s?(?:analysis|commentary)[^<\n]{0,80}<\|message\|>/y, 'open'),
  form(/<[|｜](?:begin_of_thought|think|thinking|inner_thoughts)[|｜]>/y, 'open'),
  form(/<[|｜](?:end_of_thought|\/think|\/thinking)[|｜]>/y, 'close'),
  form(/<[|｜](?:begin_of_solution)[|｜]>/y, 'answer'),
  form(
    /<[|｜](?:tool[▁_]calls?[▁_]begin|tool_calls?|tool_calls_section_begin|python_tag)[|｜]>/y,
    'open',
    'call',
  ),
  form(/<[|｜](?:tool[▁_]calls[▁_]end|\/tool_calls?|tool_calls_section_end)[|｜]>/y, 'close', 'call'),
  form(/<\|(?:im_)?start\|>(?:assistant|user|system)/y, 'token'),
  form(/<[|｜][A-Za-z][\w▁]{0,40}[|｜]>/y, 'token'),
  form(/<\/?s>|<(?:end_of_turn|start_of_turn|eos|bos|pad)>/y, 'token'),
]

/** The mark at `at`; undefined where there is none. */
export function markAt(text: string, at: number): FoundMark | undefined {
  for (const { form, mark, kind } of forms) {
    form.lastIndex = at
    const found = form.exec(text)
    if (found !== null && found[0].length <= maxMarkLength) return { mark, kind, length: found[0].length }
  }
  return undefined
}

const names = `${thoughts}|${calls}|${answers}|s|end_of_turn|start_of_turn|eos|bos|pad`.split('|')
const fixed = ['[THINK]', '[/THINK]', '[TOOL_CALLS]', '[/TOOL_CALLS]', '◁think▷', '◁/think▷']
const unfinishedTag = /^<\/?\s?([a-z_:-]*)([\s=][^<>]*)?$/i
const unfinishedToken = /^<[|｜][\w▁/]{0,60}[|｜]?$/
/** Tokens with which a longer mark may begin. */
const unfinishedHeader = /^<\|(?:channel\|>\s?[^<\n]{0,100}(?:<[|mesag]{0,9})?|(?:im_)?start\|>[a-z]{0,9})$/

/** Can the rest of the text, which begins at `at`, be the beginning of a mark whose end is yet to come? */
export function mayBecomeMark(text: string, at: number): boolean {
  const rest = text.slice(at, at + maxMarkLength + 1)
  if (rest.length > maxMarkLength) return false
  if (fixed.some((one) => one.startsWith(rest))) return true
  if (unfinishedToken.test(rest) || unfinishedHeader.test(rest)) return true
  const [whole, name = '', more] = unfinishedTag.exec(rest) ?? []
  if (whole === undefined) return false
  const wanted = name.toLowerCase()
  return names.some((one) => (more === undefined ? one.startsWith(wanted) : one === wanted))
}
