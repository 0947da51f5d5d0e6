/**
 * Why a provider refused a request, as far as less in the request, or another form of it, would cure that. Providers
 * agree on no error code, so their words decide; the shapes are those of the tests beside this file.
 */

export type Refusal =
  /** The request is too long. */
  | { readonly about: 'length'; readonly limit?: number; readonly counted?: number }
  /** `tool`: the one that is refused; else the model takes none at all, or the provider does not say which. */
  | { readonly about: 'tools'; readonly tool?: string; readonly all?: true }
  /** `damaged`: of what is in this request; the model may take others. */
  | { readonly about: 'images' | 'audio'; readonly damaged?: true }
  /** The option that asks for the number of tokens. */
  | { readonly about: 'usage' }
  | { readonly about: 'streaming' }
  /** The provider does not say, or it is not known how. */
  | { readonly about: 'unclear' }

export interface Refused {
  /** The HTTP status; undefined where the error came inside an answer. */
  readonly status: number | undefined
  /** All that the provider wrote, {@link maxReadLength} of it. */
  readonly text: string
}

/** What was in the request. */
export interface RequestParts {
  readonly tools: readonly string[]
  readonly images: boolean
  readonly audio: boolean
}

/** UTF-16 units that are searched for reasons. */
export const maxReadLength = 4_000

const tooLong =
  /context.?(?:length|window|size|limit)|maximum context|max(?:imum)?_?.?(?:model|input|prompt|sequence|seq)_?.?(?:len|length|tokens)|too many (?:input |prompt )?tokens|token (?:limit|count)[^.]{0,40}exceed|exceed[^.]{0,60}(?:token|context|length)|(?:prompt|input|request|content|message)s?[^.]{0,40}too (?:long|large)|input length|reduce (?:the length|your prompt)|string_above_max_length|(?:上下文|输入|提示词?|prompt|文本|请求|内容|消息|tokens?)[^。]{0,30}(?:过长|超长|超出|超过|太长)|(?:超出|超过)[^。]{0,30}(?:长度|上下文|token)/i
/** The answer was asked to be longer than it may be: a shorter question does not help. */
const answerTooLong = /max(?:_completion|_output|_new)?_tokens/i
const lengthStatuses = new Set([400, 413, 422, 429, 500])

const aboutImages =
  /image|picture|vision|visual|multi-?modal|unknown variant `?(?:image|file)|content (?:type|part)|must be a string|图[片像]|视觉|多模态/i
const aboutAudio = /audio|input_audio|sound|voice|音频|语音|content (?:type|part)|must be a string/i
/** One file cannot be read, in whatever words, such as "Could not process image". */
const damagedFile =
  /(?:could not|couldn't|cannot|can't|unable to|fail(?:ed|ure)?(?: to| in)?|error (?:while )?)[^.]{0,20}(?:process|decod|pars|read|load|open|identify)|(?:in)?valid (?:image|picture|audio|base64)|unsupported (?:image|audio|file)|corrupt|damaged|malformed|truncated|(?:image|audio)(?: file)? (?:format|dimension|size|length)|(?:无法|不能|失败)[^。]{0,10}(?:处理|解析|读取|解码|识别)|(?:处理|解析|读取|解码|识别)失败|损坏|格式/i
const aboutTools = /\btools?\b|function|tool_choice|input_schema|schema|propert(?:y|ies)|工具|函数/i
const noTools =
  /(?:not|n't|no|without)[^.]{0,60}(?:tool|function)|tool[^.]{0,60}(?:not (?:supported|available|enabled|allowed)|unsupported|requires? --)|(?:不支持|未开启)[^。]{0,20}(?:工具|函数|tool|function)/i
const aboutUsage = /stream_options|include_usage/i
const aboutStreaming = /stream/i
const notSupported =
  /not (?:be )?(?:supported|allowed|available|permitted)|unsupported|cannot|must be false|disabled|不支持/i

/** Undefined where neither less nor another form would help: a wrong key, no credit, a failure that passes by itself. */
export function refusalOf(
  { status, text }: Refused,
  { tools, images, audio }: RequestParts,
): Refusal | undefined {
  if (status === 413) return { about: 'length', ...numbersIn(text) }
  if (status === undefined || lengthStatuses.has(status)) {
    if (tooLong.test(text) && !onlyTheAnswer(text)) return { about: 'length', ...numbersIn(text) }
  }
  if (status !== undefined && ![400, 404, 415, 422, 500, 501].includes(status)) return undefined
  if (aboutUsage.test(text)) return { about: 'usage' }
  const named = tools.length > 0 ? toolIn(text, tools) : undefined
  if (named !== undefined) return { about: 'tools', tool: named }
  if (tools.length > 0 && noTools.test(text)) return { about: 'tools', all: true }
  const damaged = damagedFile.test(text) && { damaged: true as const }
  if (images && aboutImages.test(text)) return { about: 'images', ...damaged }
  if (audio && aboutAudio.test(text)) return { about: 'audio', ...damaged }
  if (tools.length > 0 && aboutTools.test(text)) return { about: 'tools' }
  if (aboutStreaming.test(text) && notSupported.test(text)) return { about: 'streaming' }
  return status === 400 || status === 422 ? { about: 'unclear' } : undefined
}

function onlyTheAnswer(text: string): boolean {
  return answerTooLong.test(text) && !/context|prompt|input/i.test(text)
}

/** A place in the list, as providers write it: `tools.3.custom.input_schema`, `tools[3].function`, `functions[3]`. */
const place =
  /(?:function_declarations|functionDeclarations|functions|tools)(?:\[(\d+)\]|\.(\d+)\b|\/(\d+)\b)/g

function toolIn(text: string, tools: readonly string[]): string | undefined {
  const places = [...text.matchAll(place)].map(([, ...groups]) =>
    Number(groups.find((one) => one !== undefined)),
  )
  // Gemini has one tool that holds all functions, so the innermost place is the one.
  const placed = tools[places.at(-1) ?? -1]
  if (placed !== undefined) return placed
  const quoted = [...tools].sort((a, b) => b.length - a.length)
  return quoted.find((name) => isNamed(text, name))
}

/** `time` is a word of any sentence, so a name has to stand in quotes or after the word "function" or "tool". */
function isNamed(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[^\w]/g, '\\$&')
  const inQuotes = `['"\`‘“「]${escaped}['"\`’”」]`
  return new RegExp(`${inQuotes}|(?:function|tool)(?: name)?:? ${escaped}(?![\\w-])`, 'i').test(text)
}

const number = '(\\d[\\d,_]*)'
/** How providers write the limit and, where they do, what they have counted. Groups: `limit`, `counted`. */
const numberShapes = [
  // OpenAI, vLLM: "maximum context length is 8192 tokens. However, … resulted in 9000 tokens"
  `(?:context length|context window|context size|maximum length)[^.\\d]{0,40}(?<limit>${number})[^\\d]{0,80}?(?:resulted in|requested|contains?(?: at least)?|has|is) (?:about )?(?<counted>${number})`,
  // Anthropic: "prompt is too long: 210000 tokens > 200000 maximum"
  `(?<counted>${number})(?: tokens)? ?> ?(?<limit>${number})`,
  // OpenAI's limit a minute: "Limit 30000, Requested 45000"
  `limit:? (?<limit>${number}),? (?:used \\d+, )?requested:? (?<counted>${number})`,
  // DashScope: "Range of input length should be [1, 30720]"
  `input length should be \\[\\d+, ?(?<limit>${number})\\]`,
  // llama.cpp: "request (9000 tokens) exceeds the available context size (8192 tokens)"
  `\\((?<counted>${number}) tokens\\)[^()]{0,60}\\((?<limit>${number}) tokens\\)`,
  // Gemini: "input token count (1200000) exceeds the maximum number of tokens allowed (1048576)"
  `count \\(?(?<counted>${number})\\)?[^\\d]{0,60}\\(?(?<limit>${number})`,
  // Mistral, Moonshot, Ark: "… length 9000 … exceeds … 8192", "exceeded model token limit: 8192"
  `(?<counted>${number})(?: tokens)?[^\\d]{0,60}(?:exceeds?|larger than|greater than|超过|超出)[^\\d]{0,60}?(?<limit>${number})`,
  `(?:limit|maximum|max|限制|上限|最大)[^\\d]{0,40}(?<limit>${number})`,
  `(?:context length|context window|context size)[^\\d]{0,40}(?<limit>${number})`,
].map((shape) => new RegExp(shape, 'i'))

/** A smaller limit is none of tokens: a number of files, a version. */
const smallestLimit = 256

function numbersIn(text: string): { limit?: number; counted?: number } {
  for (const shape of numberShapes) {
    const groups = shape.exec(text)?.groups
    const limit = toNumber(groups?.limit)
    const counted = toNumber(groups?.counted)
    if (limit === undefined || limit < smallestLimit) continue
    return { limit, ...(counted !== undefined && counted > limit && { counted }) }
  }
  return {}
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits.replaceAll(/[,_]/g, ''))
}
