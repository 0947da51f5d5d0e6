/**
 * How the three model APIs put one text on the wire: as one JSON body, or as server-sent events.
 * Only the fields that clients need to accept a reply. Sources: platform.openai.com/docs/api-reference (chat, responses)
 * and docs.anthropic.com/en/api/messages, with its page on streaming.
 */

export interface ReplyFormat {
  /** The body of a reply that is not streamed. */
  whole(text: string): object
  /** The events of a streamed reply, in order. */
  events(text: string): readonly StreamEvent[]
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

const chatCompletions: ReplyFormat = {
  whole: (text) => ({
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 0,
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }),
  events: (text) => {
    const chunk = (delta: object, finish: string | null = null) => ({
      data: {
        id: 'chatcmpl-test',
        object: 'chat.completion.chunk',
        created: 0,
        model,
        choices: [{ index: 0, delta, finish_reason: finish }],
      },
    })
    const deltas = piecesOf(text).map((content) => chunk({ content }))
    return [chunk({ role: 'assistant', content: '' }), ...deltas, chunk({}, 'stop'), { data: '[DONE]' }]
  },
}

const responses: ReplyFormat = {
  whole: (text) => ({
    id: 'resp_test',
    object: 'response',
    created_at: 0,
    status: 'completed',
    model,
    output: [responseItem(text)],
    usage: tokens,
  }),
  events: (text) => {
    const named = (name: string, fields: object) => ({ name, data: { type: name, ...fields } })
    const place = { item_id: 'msg_test', output_index: 0, content_index: 0 }
    return [
      named('response.created', { response: { id: 'resp_test', created_at: 0, model } }),
      named('response.output_item.added', { output_index: 0, item: responseItem('') }),
      ...piecesOf(text).map((delta) => named('response.output_text.delta', { ...place, delta })),
      named('response.output_item.done', { output_index: 0, item: responseItem(text) }),
      named('response.completed', { response: responses.whole(text) }),
    ]
  },
}

function responseItem(text: string): object {
  const content = text === '' ? [] : [{ type: 'output_text', text, annotations: [] }]
  return { type: 'message', id: 'msg_test', status: 'completed', role: 'assistant', content }
}

const anthropicMessages: ReplyFormat = {
  whole: (text) => ({
    type: 'message',
    id: 'msg_test',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: tokens,
  }),
  events: (text) => {
    const named = (name: string, fields: object) => ({ name, data: { type: name, ...fields } })
    const message = { ...anthropicMessages.whole(''), content: [], stop_reason: null }
    return [
      named('message_start', { message }),
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...piecesOf(text).map((piece) =>
        named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }),
      ),
      named('content_block_stop', { index: 0 }),
      named('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: tokens }),
      named('message_stop', {}),
    ]
  },
}

/** By the path that follows the server's base URL. */
export const replyFormats: ReadonlyMap<string, ReplyFormat> = new Map([
  ['/v1/chat/completions', chatCompletions],
  ['/v1/responses', responses],
  ['/v1/messages', anthropicMessages],
])
