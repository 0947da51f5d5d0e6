/**
 * `webhooks list`, `retry` and `drop`: events that are not delivered, through the running gateway.
 */

import { localTime } from '@moltbot/channel-sdk'
import type { WebhookItemAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import { columns } from './columns.ts'
import { exitCodes } from './failure.ts'
import { type Output, show } from './show.ts'

export interface WebhookOptions {
  readonly account?: string
  /** Lists what was given up instead of what waits. */
  readonly dead?: true
  readonly json?: true
}

export async function listWebhooks(
  stateDir: string,
  { account: accountId, dead, json }: WebhookOptions,
  output: Output,
): Promise<undefined> {
  const which = dead ? 'dead' : 'waiting'
  const { items } = await connectGateway(stateDir).call('webhooks', { which, accountId })
  show(output, json, items, () => {
    if (items.length > 0) return table(items, output)
    return [output.say(dead ? 'No event was given up.' : 'No event is waiting to be delivered.')]
  })
}

/** 1 where some of them were left as they are. */
export async function changeWebhooks(
  stateDir: string,
  action: 'retry' | 'drop',
  ids: readonly string[],
  { account: accountId, json }: Omit<WebhookOptions, 'dead'>,
  output: Output,
): Promise<number> {
  const { say } = output
  const { changed } = await connectGateway(stateDir).call('changeWebhooks', {
    action,
    ids: [...ids],
    accountId,
  })
  const left = ids.filter((id) => !changed.includes(id))
  const done = { ids: changed.join(', ') }
  const rest = { ids: left.join(', ') }
  show(output, json, { changed, left }, () => [
    ...(changed.length === 0
      ? []
      : [action === 'retry' ? say('Queued again: {ids}.', done) : say('Dropped: {ids}.', done)]),
    ...(left.length === 0
      ? []
      : [
          action === 'retry'
            ? say('Not queued: {ids}. Only events that were given up can be delivered once more.', rest)
            : say('Not dropped: {ids}. There is no such event.', rest),
        ]),
  ])
  return left.length > 0 ? exitCodes.failed : exitCodes.fine
}

/** The reason gets a line of its own, because it may be long. */
function table(items: readonly WebhookItemAnswer[], { say }: Output): string[] {
  const headings = ['ID', say('ACCOUNT'), say('TO'), say('EVENT'), say('SINCE'), say('ATTEMPTS')]
  const rows = items.flatMap(({ id, accountId, host, type, createdMs, attempts, reason }) => [
    [id, accountId, host, type, localTime(createdMs), String(attempts)],
    ...(reason === '' ? [] : [[`  ${say('reason: {reason}', { reason })}`]]),
  ])
  return columns([headings, ...rows])
}
