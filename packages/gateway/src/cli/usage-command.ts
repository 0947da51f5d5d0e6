/**
 * `usage`: turns, tokens and costs of each day, from the running gateway.
 */

import type { UsageAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import { costText, unpricedIn } from '../usage/cost-text.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

export interface UsageOptions {
  readonly account?: string
  /** Defaults to every day that is kept. */
  readonly days?: number
  readonly json?: true
}

export async function showUsage(
  stateDir: string,
  { account, days: most = Number.POSITIVE_INFINITY, json }: UsageOptions,
  output: Output,
): Promise<undefined> {
  const { days: all } = await connectGateway(stateDir).call('usage')
  const ofAccount = all.filter(({ accountId }) => account === undefined || accountId === account)
  const named = [...new Set(ofAccount.map(({ day }) => day))].slice(0, most)
  const days = ofAccount.filter(({ day }) => named.includes(day))
  show(output, json, { days }, () => linesOf(days, output))
}

function linesOf(days: UsageAnswer['days'], { say }: Output): string[] {
  if (days.length === 0) return [say('No turn yet.')]
  const heads = [
    say('DAY'),
    say('ACCOUNT'),
    say('TURNS'),
    say('FAILED'),
    say('READ'),
    say('WRITTEN'),
    say('COST'),
  ]
  const unpriced = unpricedIn(days)
  return [
    ...columns([
      heads,
      ...days.map((one) => [
        one.day,
        one.accountId,
        ...[one.turns, one.failed, one.read, one.written].map(String),
        costText(one, 'en') || '-',
      ]),
    ]),
    ...(unpriced.length === 0
      ? []
      : [
          say(
            'The cost of {models} is not known (?): no `cost` in the list `models` of its provider, or no token count from it.',
            { models: unpriced.join(', ') },
          ),
        ]),
  ]
}
