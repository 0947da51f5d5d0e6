/**
 * The model of a soak: it does what each message of a turn wishes, and notes in the ledger what it promised.
 */

import type { ModelReply, ModelRequest } from '@moltbot/channel-sdk/testing'
import type { Ledger } from './ledger.ts'
import { type Asked, askedIn, fileOf, nothingAsked, partOf } from './wishes.ts'

/** The workspace's file that people get under other names. */
export const workspaceFile = 'report.txt'
/** Prefix of the tools of the MCP server. */
export const toolServer = 'odd'

/** Longer than half a message, so that each part is a message of its own. */
const padding = ' and so on'.repeat(130)
const partsOfLong = 3
/** So that an answer stays within the messages that an answer may have. */
const mostLong = 2
/** Files of one answer. */
const mostFiles = 8
/** In the result of `send_file`, which fails where the machine is too busy. */
const isAttached = 'goes out'

/** @throws in place of an answer: the connection of the request breaks */
export function answerOf(ledger: Ledger, request: ModelRequest): ModelReply | Promise<ModelReply> {
  const asked = askedIn(request.lastUserText)
  for (const { number } of asked) ledger.ask(number)
  const trouble = asked.find(({ wish }) => wish === 'failure' || wish === 'stall')
  if (trouble !== undefined) {
    if (trouble.wish === 'stall') return new Promise(() => undefined)
    throw new Error('a person wished for a failure')
  }
  const files = asked.filter(({ wish }) => wish === 'file').slice(0, mostFiles)
  const calls = [...files.map(sendFile), ...toolCallsFor(asked, request)]
  const { toolResults } = request
  if (calls.length > 0 && toolResults.length === 0) return { toolCalls: calls }
  const attached = files.filter((_, at) => toolResults[at]?.includes(isAttached))
  const long = asked.filter(({ wish }) => wish === 'long').slice(0, mostLong)
  const texts = asked.map((one) => {
    const parts = long.includes(one) ? partsOfLong : 1
    ledger.promise(one.number, { parts, file: attached.includes(one) })
    return textOf(one, parts)
  })
  return texts.join('\n\n') || nothingAsked
}

function textOf({ number }: Asked, parts: number): string {
  return Array.from(
    { length: parts },
    (_, part) => `${partOf(number, part + 1)}${parts > 1 ? padding : ''}`,
  ).join('\n\n')
}

const sendFile = ({ number }: Asked) => ({
  name: 'send_file',
  input: { path: workspaceFile, name: fileOf(number) },
})

/** None while the server is away. */
function toolCallsFor(asked: readonly Asked[], { tools }: ModelRequest) {
  const name = `${toolServer}_echo`
  return asked.some(({ wish }) => wish === 'tool') && tools.includes(name) ? [{ name, input: {} }] : []
}
