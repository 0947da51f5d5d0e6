/**
 * `channels explain`: what the running gateway would do with a message, step by step.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { connectGateway } from '../control/client.ts'
import { english } from '../language/speech.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

export interface ExplainOptions {
  readonly account?: string
  readonly dm?: string
  readonly group?: string
  readonly sender?: string
  readonly mention?: true
  readonly text: string
  readonly json?: true
}

/** @throws `usage` */
export async function explain(stateDir: string, options: ExplainOptions, output: Output): Promise<undefined> {
  const { account: accountId, mention: mentioned, text } = options
  const order = { accountId, mentioned, text, ...whoAndWhere(options) }
  const decision = await connectGateway(stateDir).call('explain', order)
  const { action, reason, steps } = decision
  const { translate } = output
  show(output, options.json, decision, () => [
    ...columns(steps.map((one) => [translate(one.step), outcomeOf(one, output), detailOf(one, output)])),
    `=> ${translate(action)} (${reason})`,
  ])
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
