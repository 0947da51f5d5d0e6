/**
 * `channels explain`: what the running gateway would do with a message, step by step; or what it did with one that came.
 */

import { localTime, MoltbotError } from '@moltbot/channel-sdk'
import type { MessagesAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

type Message = MessagesAnswer['messages'][number]

export interface ExplainOptions {
  readonly account?: string
  readonly dm?: string
  readonly group?: string
  readonly sender?: string
  readonly mention?: true
  /** The id of a message that came. */
  readonly message?: string
  readonly text: string
  readonly json?: true
}

/** @throws `usage`, `message-unknown` */
export async function explain(stateDir: string, options: ExplainOptions, output: Output): Promise<undefined> {
  if (options.message !== undefined) return explainReceived(stateDir, options.message, options, output)
  const { account: accountId, mention: mentioned, text } = options
  const order = { accountId, mentioned, text, ...whoAndWhere(options) }
  const decision = await connectGateway(stateDir).call('explain', order)
  const { action, reason, steps } = decision
  const { translate } = output
  show(output, options.json, decision, () => [
    ...stepLines(steps, output),
    `=> ${translate(action)} (${reason})`,
  ])
}

/** What became of a message, as the dashboard shows it. */
async function explainReceived(
  stateDir: string,
  messageId: string,
  { account: accountId, json }: ExplainOptions,
  output: Output,
): Promise<undefined> {
  const { messages } = await connectGateway(stateDir).call('messages', {
    accountId,
    text: messageId,
    limit: 100,
  })
  const message = messages.find((one) => one.messageId === messageId)
  if (message === undefined)
    throw new MoltbotError(
      'message-unknown',
      english('none of the newest messages of this account has the id {id}', { id: messageId }),
    )
  show(output, json, message, () => traceLines(message, output))
}

function traceLines({ receivedMs, state, reason, steps, turn, parts }: Message, output: Output): string[] {
  const { say, translate } = output
  const why = (text: string) => (text === '' ? '' : ` (${text})`)
  return [
    `${localTime(receivedMs)}  ${say('Received')}`,
    ...stepLines(steps, output),
    ...(turn === undefined
      ? []
      : [
          `${localTime(turn.beganMs)}  ${say('Turn')}: ${translate(turn.outcome)}${why(turn.code)}, ${turn.model || say('no model')}, ${say(
            '{seconds} s, {read} tokens read, {written} written',
            {
              seconds: (turn.durationMs / 1_000).toFixed(1),
              read: turn.read,
              written: turn.written,
            },
          )}${toolsText(turn.tools)}`,
        ]),
    ...parts.map(
      (part) =>
        `${localTime(part.attemptedMs ?? part.createdMs)}  ${part.isFile ? say('File') : say('Part')}: ${translate(part.state)}${why(part.reason)}`,
    ),
    `=> ${translate(state)}${why(reason)}`,
  ]
}

function toolsText(tools: Readonly<Record<string, number>>): string {
  return Object.entries(tools)
    .map(([name, times]) => `, ${name} x ${times}`)
    .join('')
}

function stepLines(steps: Message['steps'], output: Output): string[] {
  return columns(
    steps.map((one) => [output.translate(one.step), outcomeOf(one, output), detailOf(one, output)]),
  )
}

function whoAndWhere({ dm, group, sender }: ExplainOptions) {
  if (dm && group === undefined && sender === undefined)
    return { conversation: { kind: 'direct', id: dm }, senderId: dm } as const
  if (dm === undefined && group && sender)
    return { conversation: { kind: 'group', id: group }, senderId: sender } as const
  throw new MoltbotError('usage', english('error: give --dm ID, or --group ID with --sender ID'))
}

/** A single word is an id or a value of the configuration. */
const detailOf = ({ detail }: { readonly detail: string }, { translate }: Output) =>
  detail.includes(' ') ? translate(detail) : detail

/** A step that leaves the decision to the next one has nothing to say here. */
const outcomeOf = ({ outcome }: { readonly outcome: string }, { translate }: Output) =>
  outcome === 'continue' ? '-' : translate(outcome)
