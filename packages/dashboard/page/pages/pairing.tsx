/**
 * Who asks to talk to the bot, and who may.
 */

import type { PairingAnswer } from '../../../gateway/src/api/answers.ts'
import { call } from '../core/api.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { changed } from '../core/live.ts'
import { Action } from '../parts/action.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Wide } from '../parts/wide.tsx'
import { Words } from '../parts/words.tsx'

export function PairingPage() {
  const { say } = useSpeech()
  const { answer, problem } = useFetched('pairing', {}, 'pairing')
  return (
    <>
      <Problem text={problem} />
      <section aria-live="polite">
        <h2>{say('Waiting for a decision')}</h2>
        {answer === undefined && <p>{say('Loading …')}</p>}
        {answer?.pending.length === 0 && <p>{say('No user is waiting.')}</p>}
        <ul class="cards">
          {answer?.pending.map((request) => (
            <li key={`${request.accountId} ${request.code}`}>
              <Request request={request} />
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>{say('Approved')}</h2>
        {answer?.approved.length === 0 && <p>{say('No user is approved.')}</p>}
        <Approved approved={answer?.approved ?? []} />
      </section>
    </>
  )
}

function Request({ request }: { readonly request: PairingAnswer['pending'][number] }) {
  const { say, translate } = useSpeech()
  const { accountId, code, senderId, senderName, text, createdAtMs, expiresAtMs } = request
  const decided = (told: string) => {
    changed('pairing', 'status')
    return told
  }
  const approve = async () => {
    const { notifyError } = await call('approve', { code, accountId, notify: true })
    return decided(
      notifyError === undefined
        ? say('The person was notified.')
        : say('The person could not be notified: {reason}', { reason: translate(notifyError) }),
    )
  }
  const reject = async () => {
    await call('reject', { code, accountId })
    return decided('')
  }
  return (
    <article class="card" aria-label={say('Request of {person}', { person: senderName || senderId })}>
      <h3>
        <Words text={senderName || senderId} />
      </h3>
      <p>
        <Words text={text} />
      </p>
      <p class="dim">
        <code>{senderId}</code> → <bdi>{accountId}</bdi>, <Time ms={createdAtMs} />.{' '}
        {say('Code {code}, expires', { code })} <Time ms={expiresAtMs} />
      </p>
      <div class="buttons">
        <Action act={approve} kind="main" label={`${say('Approve')}: ${senderId}`}>
          {say('Approve')}
        </Action>
        <Action act={reject} label={`${say('Reject')}: ${senderId}`}>
          {say('Reject')}
        </Action>
      </div>
    </article>
  )
}

function Approved({ approved }: { readonly approved: PairingAnswer['approved'] }) {
  const { say } = useSpeech()
  const revoke = (senderId: string, accountId: string) => async () => {
    await call('revoke', { senderId, accountId })
    changed('pairing')
    return undefined
  }
  if (approved.length === 0) return null
  return (
    <Wide label={say('Approved')}>
      <table>
        <thead>
          <tr>
            <th>{say('Person')}</th>
            <th>{say('Account')}</th>
            <th>{say('Since')}</th>
            <th>
              <span class="unseen">{say('What to do')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {approved.map(({ senderId, accountId, approvedAtMs }) => (
            <tr key={`${accountId} ${senderId}`}>
              <td>
                <code class="words">{senderId}</code>
              </td>
              <td>
                <bdi>{accountId}</bdi>
              </td>
              <td>
                <Time ms={approvedAtMs} />
              </td>
              <td>
                <Action
                  act={revoke(senderId, accountId)}
                  kind="danger"
                  label={`${say('Revoke')}: ${senderId}`}
                  confirm={say('Take the approval of {person} back?', { person: senderId })}
                >
                  {say('Revoke')}
                </Action>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  )
}
