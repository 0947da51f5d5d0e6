/**
 * Turns, failures, tokens and costs of each day.
 */

import type { UsageAnswer } from '../../../gateway/src/api/answers.ts'
import { costText, unpricedIn } from '../../../gateway/src/usage/cost-text.ts'
import { useFetched } from '../core/fetched.ts'
import { htmlLanguage, useSpeech } from '../core/language.tsx'
import { Problem } from '../parts/problem.tsx'
import { Wide } from '../parts/wide.tsx'

type Day = UsageAnswer['days'][number]

export function UsagePage() {
  const { say } = useSpeech()
  const { answer, problem } = useFetched('usage', {}, 'turns')
  const days = answer?.days ?? []
  const unpriced = unpricedIn(days)
  return (
    <>
      <Problem text={problem} />
      <p class="dim">
        {say(
          'Of the last 90 days, in the time zone of the gateway. Tokens are those that the provider counts; costs are their tokens at the prices that the configuration has now.',
        )}
      </p>
      {answer === undefined && problem === undefined && <p>{say('Loading …')}</p>}
      {answer !== undefined && days.length === 0 && <p>{say('No turn yet.')}</p>}
      {unpriced.length > 0 && (
        <p class="banner wait">
          {say(
            'The cost of {models} is not known (?): no `cost` in the list `models` of its provider, or no token count from it.',
            { models: unpriced.join(', ') },
          )}
        </p>
      )}
      {days.length > 0 && <Days days={days} />}
    </>
  )
}

function Days({ days }: { readonly days: readonly Day[] }) {
  const { say } = useSpeech()
  return (
    <Wide label={say('Usage')}>
      <table>
        <thead>
          <tr>
            <th>{say('Day')}</th>
            <th>{say('Account')}</th>
            <th>{say('Turns')}</th>
            <th>{say('Failed')}</th>
            <th>{say('Tokens read')}</th>
            <th>{say('Cached')}</th>
            <th>{say('Tokens written')}</th>
            <th>{say('Cost')}</th>
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={`${day.day} ${day.accountId}`}>
              <td>
                <time>{day.day}</time>
              </td>
              <td>
                <bdi>{day.accountId}</bdi>
              </td>
              <Figures {...day} />
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td colSpan={2}>{say('All days')}</td>
            <Figures {...sumOf(days)} />
          </tr>
        </tfoot>
      </table>
    </Wide>
  )
}

type Sums = Omit<Day, 'day' | 'accountId'>

function Figures({ turns, failed, read, cacheRead, written, ...cost }: Sums) {
  const { language } = useSpeech()
  const locale = htmlLanguage[language]
  const figure = (value: number) => value.toLocaleString(locale)
  return (
    <>
      <td>{figure(turns)}</td>
      <td class={failed > 0 ? 'bad' : ''}>{figure(failed)}</td>
      <td>{figure(read)}</td>
      <td>{figure(cacheRead)}</td>
      <td>{figure(written)}</td>
      <td>{costText(cost, locale) || '–'}</td>
    </>
  )
}

function sumOf(days: readonly Day[]): Sums {
  const sum = (figure: (day: Day) => number) => days.reduce((total, day) => total + figure(day), 0)
  const costs = days.flatMap((day) => day.costs)
  const currencies = [...new Set(costs.map(({ currency }) => currency))]
  return {
    turns: sum(({ turns }) => turns),
    failed: sum(({ failed }) => failed),
    read: sum(({ read }) => read),
    cacheRead: sum(({ cacheRead }) => cacheRead),
    written: sum(({ written }) => written),
    costs: currencies.map((currency) => ({
      currency,
      amount: sum((day) => day.costs.find((one) => one.currency === currency)?.amount ?? 0),
    })),
    unpriced: unpricedIn(days),
  }
}
