/**
 * How the three model APIs put one answer on the wire: as one JSON body, or as server-sent events.
 * Only the fields that clients need to accept an answer. Sources: platform.openai.com/docs/api-reference (chat,
 * responses) and docs.anthropic.com/en/api/messages, with its page on streaming.
 */

/** What the model says, and the tools it wants to be called. */
export interface ModelAnswer {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
}

export interface ToolCall {
  readonly name: string
  readonly input: object
}

export interface ReplyFormat {
  /** The body of an answer that is not streamed. */
  whole(answer: ModelAnswer): object
  /** The events of a streamed answer, in order. */
  events(answer: ModelAnswer): readonly StreamEvent[]
}

/** `name` becomes the `event:` field, where the API has one. A string goes out as it is. */
export interface StreamEvent {
  readonly name?: string
  readonly data: object | string
}

const model = 'test-model'
const tokens = { input_tokens: 1, output_tokens: 1 }
/** Length of a streamed piece in code points: short texts come in several pieces too. */
const pieceLength = 8

/** The text in pieces that never cut a surrogate pair. */
function piecesOf(text: string): string[] {
  const points = [...text]
  const starts = Array.from({ length: Math.ceil(points.length / pieceLength) }, (_, i) => i * pieceLength)
  return starts.map((start) => points.slice(start, start + pieceLength).join(''))
}

const idOf = (index: number): string => `call_${index}`

const chatCompletions: ReplyFormat = {
  whole: ({ text, toolCalls }) => ({
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text,
          ...(toolCalls.length > 0 && { tool_calls: toolCalls.map(chatToolCall) }),
        },
        finish_reason: chatFinish(toolCalls),
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }),
  events: ({ text, toolCalls }) => {
    const chunk = (delta: object, finish: string | null = null) => ({
      data: {
        id: 'chatcmpl-test',
        object: 'chat.completion.chunk',
        created: 0,
        model,
        choices: [{ index: 0, delta, finish_reason: finish }],
      },
    })
    return [
      chunk({ role: 'assistant', content: '' }),
      ...piecesOf(text).map((content) => chunk({ content })),
      ...toolCalls.map((call, index) => chunk({ tool_calls: [{ ...chatToolCall(call, index), index }] })),
      chunk({}, chatFinish(toolCalls)),
      {
        data: {
          ...chunk({}).data,
          choices: [],
          usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        },
      },
      { data: '[DONE]' },
    ]
  },
}

function chatToolCall({ name, input }: ToolCall, index: number): object {
  return { id: idOf(index), type: 'function', function: { name, arguments: JSON.stringify(input) } }
}

function chatFinish(toolCalls: readonly ToolCall[]): string {
  return toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

const responses: ReplyFormat = {
  whole: (answer) => ({
    id: 'resp_test',
    object: 'response',
    created_at: 0,
    status: 'completed',
    model,
    output: [responseMessage(answer.text), ...answer.toolCalls.map(responseToolCall)],
    usage: tokens,
  }),
  events: (answer) => {
    const named = (name: string, fields: object) => ({ name, data: { type: name, ...fields } })
    const place = { item_id: 'msg_test', output_index: 0, content_index: 0 }
    return [
      named('response.created', { response: { id: 'resp_test', created_at: 0, model } }),
      named('response.output_item.added', { output_index: 0, item: responseMessage('') }),
      ...piecesOf(answer.text).map((delta) => named('response.output_text.delta', { ...place, delta })),
      named('response.output_item.done', { output_index: 0, item: responseMessage(answer.text) }),
      ...answer.toolCalls.flatMap((call, index) => {
        const at = { output_index: index + 1, item: responseToolCall(call, index) }
        return [named('response.output_item.added', at), named('response.output_item.done', at)]
      }),
      named('response.completed', { response: responses.whole(answer) }),
    ]
  },
}

function responseMessage(text: string): object {
  const content = text === '' ? [] : [{ type: 'output_text', text, annotations: [] }]
  return { type: 'message', id: 'msg_test', status: 'completed', role: 'assistant', content }
}

function responseToolCall({ name, input }: ToolCall, index: number): object {
  const id = idOf(index)
  return {
    type: 'function_call',
    id: `fc_${index}`,
    call_id: id,
    name,
    arguments: JSON.stringify(input),
    status: 'completed',
  }
}

const anthropicMessages: ReplyFormat = {
  whole: ({ text, toolCalls }) => ({
    type: 'message',
    id: 'msg_test',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }, ...toolCalls.map(anthropicToolUse)],
    stop_reason: anthropicStop(toolCalls),
    stop_sequence: null,
    usage: tokens,
  }),
  events: ({ text, toolCalls }) => {
    const named = (name: string, fields: object) => ({ name, data: { type: name, ...fields } })
    const message = { ...anthropicMessages.whole({ text: '', toolCalls }), content: [], stop_reason: null }
    const block = (index: number, start: object, deltas: readonly object[]) => [
      named('content_block_start', { index, content_block: start }),
      ...deltas.map((delta) => named('content_block_delta', { index, delta })),
      named('content_block_stop', { index }),
    ]
    const pieces = piecesOf(text).map((piece) => ({ type: 'text_delta', text: piece }))
    return [
      named('message_start', { message }),
      ...block(0, { type: 'text', text: '' }, pieces),
      ...toolCalls.flatMap((call, index) => {
        const json = { type: 'input_json_delta', partial_json: JSON.stringify(call.input) }
        return block(index + 1, { ...anthropicToolUse(call, index), input: {} }, [json])
      }),
      named('message_delta', {
        delta: { stop_reason: anthropicStop(toolCalls), stop_sequence: null },
        usage: tokens,
      }),
      named('message_stop', {}),
    ]
  },
}

function anthropicToolUse({ name, input }: ToolCall, index: number): object {
  return { type: 'tool_use', id: idOf(index), name, input }
}

function anthropicStop(toolCalls: readonly ToolCall[]): string {
  return toolCalls.length > 0 ? 'tool_use' : 'end_turn'
}

/** By the path that follows the server's base URL. */
export const replyFormats: ReadonlyMap<string, ReplyFormat> = new Map([
  ['/v1/chat/completions', chatCompletions],
  ['/v1/responses', responses],
  ['/v1/messages', anthropicMessages],
])
