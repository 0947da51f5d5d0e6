/**
 * `outbox list`, `retry` and `drop`: messages that are not sent, through the running gateway.
 */

import { localTime, MoltbotError, type OutboxState } from '@moltbot/channel-sdk'
import type { OutboxItemAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { columns } from './columns.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export interface OutboxOptions {
  readonly account?: string
  /** Lists what was given up instead of what waits. */
  readonly failed?: true
  /** Lists the messages in this state only, waiting or given up. */
  readonly state?: OutboxState
  readonly json?: true
}

export async function listOutbox(
  stateDir: string,
  options: OutboxOptions,
  output: Output,
): Promise<undefined> {
  const { account: accountId, failed, state, json } = options
  const which = failed ? 'failed' : 'waiting'
  const { items } = await connectGateway(stateDir).call('outbox', { which, state, accountId })
  show(output, json, items, () => {
    if (items.length > 0) return table(items, output)
    if (state !== undefined) return [output.say('No message is in the state {state}.', { state })]
    return [output.say(failed ? 'No message was given up.' : 'No message is waiting to be sent.')]
  })
}

/**
 * 1 where some of them were left as they are.
 * @throws `usage` where no id is given
 */
export async function changeOutbox(
  stateDir: string,
  action: 'retry' | 'drop',
  ids: readonly string[],
  { account: accountId, json }: Omit<OutboxOptions, 'failed' | 'state'>,
  output: Output,
): Promise<number> {
  if (ids.length === 0) throw new MoltbotError('usage', english('error: name the messages by their ids'))
  const order = { action, ids: [...ids], accountId }
  const { changed } = await connectGateway(stateDir).call('changeOutbox', order)
  const left = ids.filter((id) => !changed.includes(id))
  show(output, json, { changed, left }, () => [
    ...(changed.length > 0 ? [doneLine(action, changed.join(', '), output)] : []),
    ...(left.length > 0 ? [leftLine(action, left.join(', '), output)] : []),
  ])
  return left.length > 0 ? exitCodes.failed : exitCodes.fine
}

function doneLine(action: 'retry' | 'drop', ids: string, { say }: Output): string {
  return action === 'retry' ? say('Queued again: {ids}.', { ids }) : say('Dropped: {ids}.', { ids })
}

function leftLine(action: 'retry' | 'drop', ids: string, { say }: Output): string {
  return action === 'retry'
    ? say('Not queued: {ids}. It was sent, is being sent, or its text or file is no longer stored.', { ids })
    : say('Not dropped: {ids}. It was sent, is being sent, or does not exist.', { ids })
}

/** The reason gets a line of its own, because it may be long. */
function table(items: readonly OutboxItemAnswer[], { say }: Output): string[] {
  const headings = ['ID', say('ACCOUNT'), say('TO'), say('STATE'), say('SINCE'), say('MESSAGE')]
  const rows = items.flatMap(({ id, accountId, conversation, state, createdMs, preview, reason }) => [
    [id, accountId, conversation.id, state, localTime(createdMs), preview],
    ...(reason === '' ? [] : [[`  ${say('reason: {reason}', { reason })}`]]),
  ])
  return columns([headings, ...rows])
}
