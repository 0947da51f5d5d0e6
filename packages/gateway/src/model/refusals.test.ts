import { describe, expect, it } from 'vitest'
import { type Refusal, refusalOf } from './refusals.ts'

const plain = { tools: [], images: false, audio: false }
const withTools = { ...plain, tools: ['time', 'send_file', 'books_lookup', 'books_look'] }
const withImages = { ...plain, images: true }

describe('a refusal for length', () => {
  it.each<[who: string, status: number | undefined, text: string, limit?: number, counted?: number]>([
    [
      'OpenAI',
      400,
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9,001 tokens. Please reduce the length of the messages. context_length_exceeded",
      8192,
      9001,
    ],
    [
      'vLLM',
      400,
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).",
      4096,
      5000,
    ],
    [
      'vLLM, later',
      400,
      "You passed 40961 input tokens and requested 0 output tokens. However, the model's context length is only 40960 tokens",
      40960,
    ],
    [
      'OpenAI Responses',
      400,
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
    ],
    ['Anthropic', 400, 'prompt is too long: 210000 tokens > 200000 maximum', 200_000, 210_000],
    [
      'Anthropic, output included',
      400,
      'input length and `max_tokens` exceed context limit: 199000 + 8000 > 200000',
    ],
    [
      'DashScope',
      400,
      '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]',
      30_720,
    ],
    ['llama.cpp', 400, 'the request exceeds the available context size. try increasing the context size'],
    [
      'llama.cpp, later',
      400,
      'request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it',
      8192,
      9000,
    ],
    [
      'Gemini',
      400,
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      1_048_576,
      1_200_000,
    ],
    ['Moonshot', 400, 'Invalid request: Your request exceeded model token limit: 8192', 8192],
    [
      'Groq',
      413,
      'Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 7000',
      6000,
      7000,
    ],
    [
      'OpenAI, a minute',
      429,
      'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 45000.',
      30_000,
      45_000,
    ],
    ['Zhipu', 400, 'Prompt 超长，请缩短后重试'],
    ['Ark', 400, '输入的 tokens 总数超过模型最大上下文长度限制 32768', 32_768],
    ['a proxy', 413, ''],
    ['an error inside an answer', undefined, 'context_length_exceeded'],
    [
      'LM Studio',
      400,
      'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
      4096,
    ],
  ])('is understood as %s writes it', (_, status, text, limit, counted) => {
    const refusal = refusalOf({ status, text }, plain)
    expect(refusal?.about).toBe('length')
    if (limit !== undefined) expect(refusal).toMatchObject({ limit })
    if (counted !== undefined) expect(refusal).toMatchObject({ counted })
  })
})

describe('a refusal of tools', () => {
  const invalid = `schema must be a JSON Schema of 'type: "object"', got 'type: "string"'.`
  it.each<[who: string, status: number, text: string, refusal: Refusal]>([
    [
      'OpenAI',
      400,
      `Invalid schema for function 'books_lookup': ${invalid}`,
      { about: 'tools', tool: 'books_lookup' },
    ],
    [
      'Anthropic',
      400,
      "tools.2.custom.input_schema.properties: Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'",
      { about: 'tools', tool: 'books_lookup' },
    ],
    [
      'Gemini',
      400,
      'GenerateContentRequest.tools[0].function_declarations[1].parameters.properties: should be non-empty',
      { about: 'tools', tool: 'send_file' },
    ],
    [
      'DeepSeek',
      422,
      'Failed to deserialize: tools[3]: invalid type',
      { about: 'tools', tool: 'books_look' },
    ],
    [
      'Ollama',
      400,
      'registry.ollama.ai/library/deepseek-r1:7b does not support tools',
      { about: 'tools', all: true },
    ],
    ['OpenRouter', 404, 'No endpoints found that support tool use.', { about: 'tools', all: true }],
    [
      'vLLM',
      400,
      '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
      { about: 'tools', all: true },
    ],
    ['DashScope', 400, '该模型不支持工具调用', { about: 'tools', all: true }],
    ['one that does not say which', 400, 'invalid tool schema', { about: 'tools' }],
    ['one that says nothing', 400, 'Bad Request', { about: 'unclear' }],
  ])('is understood as %s writes it', (_, status, text, refusal) => {
    expect(refusalOf({ status, text }, withTools)).toEqual(refusal)
  })

  it('is none where no tools were sent', () => {
    expect(refusalOf({ status: 400, text: 'm does not support tools' }, plain)).toEqual({ about: 'unclear' })
  })

  it('does not take a word of the sentence for the name of a tool', () => {
    const text = 'tools: this time the schema is invalid'
    expect(refusalOf({ status: 400, text }, withTools)).toEqual({ about: 'tools' })
  })
})

describe('a refusal of what is not text', () => {
  it.each([
    ['OpenAI', 400, 'Invalid content type. image_url is only supported by certain models.'],
    ['DeepSeek', 400, 'Failed to deserialize the JSON body: unknown variant `image_url`, expected `text`'],
    ['OpenRouter', 404, 'No endpoints found that support image input'],
    ['Ollama', 500, 'this model is missing data required for image input'],
    ['vLLM', 400, 'm is not a multimodal model'],
    ['Zhipu', 400, '该模型不支持图片输入'],
    ['a strict server', 400, 'messages[1].content must be a string'],
  ])('is understood as %s writes it', (_, status, text) => {
    expect(refusalOf({ status, text }, withImages)).toEqual({ about: 'images' })
    expect(refusalOf({ status, text }, plain)?.about).not.toBe('images')
  })
})

describe('a refusal of one file', () => {
  it.each([
    ['Anthropic', 'messages.0.content.1.image.source.base64.data: Could not process image'],
    ['OpenAI', 'You uploaded an unsupported image. Please make sure your image is valid.'],
    ['OpenAI', 'The image data you provided does not represent a valid image.'],
    ['Gemini', 'Unable to process input image. Please retry or report in the forum.'],
    ['DashScope', 'The image format is illegal and cannot be opened.'],
    ['DashScope', 'The image length and width do not meet the model restrictions: image size 1 x 1'],
    ['vLLM', 'Failed to load image: cannot identify image file <_io.BytesIO>'],
    ['llama.cpp', 'Failed to decode image data'],
    ['Zhipu', '图片输入格式/解析错误'],
    ['Moonshot', 'Invalid request: image file is corrupted'],
  ])('by %s says nothing about others: %s', (_who, text) => {
    expect(refusalOf({ status: 400, text }, withImages)).toEqual({ about: 'images', damaged: true })
  })

  it('is known for sound too', () => {
    const text = 'Failed to decode audio: the file is truncated'
    expect(refusalOf({ status: 400, text }, { ...plain, audio: true })).toEqual({
      about: 'audio',
      damaged: true,
    })
  })
})

describe('other refusals', () => {
  it.each<[string, number | undefined, string, Refusal | undefined]>([
    ['a wrong key', 401, 'Incorrect API key provided: sk-x. tools', undefined],
    ['no credit', 402, 'Insufficient balance', undefined],
    ['too many requests', 429, 'Rate limit reached for requests', undefined],
    ['an overload', 503, 'overloaded', undefined],
    ['an unknown model', 404, 'The model `m` does not exist', undefined],
    [
      'a longer answer than there may be',
      400,
      'max_tokens is too large: 99999. At most 4096 completion tokens',
      { about: 'unclear' },
    ],
    [
      'the option for counting',
      400,
      'Unrecognized request argument supplied: stream_options',
      { about: 'usage' },
    ],
    ['streaming', 400, 'stream is not supported by this model', { about: 'streaming' }],
    ['an error inside an answer', undefined, 'overloaded_error', undefined],
  ])('%s', (_, status, text, refusal) => {
    expect(refusalOf({ status, text }, plain)).toEqual(refusal)
  })
})
