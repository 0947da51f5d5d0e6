/**
 * Turns, failures and tokens of each day.
 */

import { useFetched } from '../core/fetched.ts'
import { htmlLanguage, useSpeech } from '../core/language.tsx'
import { Problem } from '../parts/problem.tsx'

export function UsagePage() {
  const { say, language } = useSpeech()
  const { answer, problem } = useFetched('usage', {}, 'turns')
  const days = answer?.days ?? []
  const figure = (value: number) => value.toLocaleString(htmlLanguage[language])
  return (
    <>
      <Problem text={problem} />
      <p class="dim">
        {say(
          'Of the last 90 days, in the time zone of the gateway. Tokens are those that the provider counts.',
        )}
      </p>
      {answer === undefined && problem === undefined && <p>{say('Loading …')}</p>}
      {answer !== undefined && days.length === 0 && <p>{say('No turn yet.')}</p>}
      {days.length > 0 && (
        <div class="wide">
          <table class="figures">
            <thead>
              <tr>
                <th>{say('Day')}</th>
                <th>{say('Account')}</th>
                <th>{say('Turns')}</th>
                <th>{say('Failed')}</th>
                <th>{say('Tokens read')}</th>
                <th>{say('Tokens written')}</th>
              </tr>
            </thead>
            <tbody>
              {days.map(({ day, accountId, turns, failed, read, written }) => (
                <tr key={`${day} ${accountId}`}>
                  <td>{day}</td>
                  <td>
                    <bdi>{accountId}</bdi>
                  </td>
                  <td>{figure(turns)}</td>
                  <td class={failed > 0 ? 'bad' : ''}>{figure(failed)}</td>
                  <td>{figure(read)}</td>
                  <td>{figure(written)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
