/**
 * What a test wants to know of a request to a model: one plain shape for the three APIs that the model server speaks.
 */

export interface ModelMessage {
  readonly role: string
  readonly text: string
}

export interface ModelRequest {
  /** Path of the URL, e.g. `/v1/chat/completions`. */
  readonly path: string
  /** The key as it came: the `authorization` header, or Anthropic's `x-api-key`. */
  readonly authorization: string | undefined
  /** The parsed body. */
  readonly body: Record<string, unknown>
  /** Did the client ask for server-sent events? */
  readonly streamed: boolean
  /** System prompt first, then the conversation, whichever API was used. */
  readonly messages: readonly ModelMessage[]
  /** Text of the last message of the user; empty where there is none. */
  readonly lastUserText: string
  /** Names of the tools that the model may call, in the request's order. */
  readonly tools: readonly string[]
  /** What the tools that the model called gave back, oldest first. */
  readonly toolResults: readonly string[]
}

/** @param body as parsed from JSON; anything but an object counts as an empty one. */
export function readModelRequest(
  path: string,
  authorization: string | undefined,
  body: unknown,
): ModelRequest {
  const fields = isRecord(body) ? body : {}
  const messages = messagesOf(fields)
  return {
    path,
    authorization,
    body: fields,
    streamed: fields.stream === true,
    messages,
    lastUserText: messages.findLast(({ role, text }) => role === 'user' && text !== '')?.text ?? '',
    tools: toolsOf(fields),
    toolResults: toolResultsOf(fields),
  }
}

/** Chat Completions have the name one level deeper than the others. */
function toolsOf({ tools }: Record<string, unknown>): string[] {
  return recordsIn(tools).map((tool) => String(isRecord(tool.function) ? tool.function.name : tool.name))
}

/** Messages of the role `tool`, items of the Responses API, or blocks inside a message to Anthropic. */
function toolResultsOf(fields: Record<string, unknown>): string[] {
  return recordsIn(fields.messages ?? fields.input).flatMap((message) => {
    if (message.role === 'tool') return textOf(message.content)
    if (message.type === 'function_call_output') return textOf(message.output)
    return recordsIn(message.content)
      .filter(({ type }) => type === 'tool_result')
      .map(({ content }) => textOf(content))
  })
}

function recordsIn(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : []
}

/** Anthropic has `system` beside `messages`; the Responses API has `instructions` and `input`. */
function messagesOf(fields: Record<string, unknown>): ModelMessage[] {
  const system = [fields.system, fields.instructions].filter((part) => part !== undefined)
  const list = [fields.messages, fields.input].flatMap(recordsIn)
  return [
    ...system.map((part) => ({ role: 'system', text: textOf(part) })),
    ...list.map((message) => ({
      role: message.role === 'developer' ? 'system' : String(message.role),
      text: textOf(message.content),
    })),
  ]
}

/** Content is a string, or a list of parts of which those with a `text` count. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return recordsIn(content)
    .map((part) => (typeof part.text === 'string' ? part.text : ''))
    .join('')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
