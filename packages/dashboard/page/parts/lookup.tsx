/**
 * What would be done with a message: the decision with its steps, and whether an answer could be sent now.
 */

import { useState } from 'preact/hooks'
import type { AccountAnswer } from '../../../gateway/src/api/answers.ts'
import type { RouteAnswer } from '../../../gateway/src/api/routes.ts'
import { call } from '../core/api.ts'
import { useSpeech } from '../core/language.tsx'
import { Action } from './action.tsx'
import { Wide } from './wide.tsx'

type Decision = RouteAnswer<'explain'>

export function Lookup({ accounts }: { readonly accounts: readonly AccountAnswer[] }) {
  const { say } = useSpeech()
  const [accountId, setAccountId] = useState(accounts[0]?.accountId ?? '')
  const [senderId, setSenderId] = useState('')
  const [groupId, setGroupId] = useState('')
  const [decision, setDecision] = useState<Decision>()
  const look = async () => {
    const conversation =
      groupId === '' ? ({ kind: 'direct', id: senderId } as const) : ({ kind: 'group', id: groupId } as const)
    setDecision(await call('explain', { accountId, conversation, senderId, mentioned: groupId !== '' }))
    return undefined
  }
  return (
    <section>
      <h2>{say('Would this person be answered?')}</h2>
      <p class="dim">
        {say(
          'Every step of the decision, and what may be sent to the person now. Nothing is changed or sent.',
        )}
      </p>
      <form class="buttons" onSubmit={(event) => event.preventDefault()}>
        <label>
          {say('Account')}{' '}
          <select value={accountId} onChange={({ currentTarget }) => setAccountId(currentTarget.value)}>
            {accounts.map((account) => (
              <option key={account.accountId}>{account.accountId}</option>
            ))}
          </select>
        </label>
        <label>
          {say('Id of the person')}{' '}
          <input value={senderId} onInput={({ currentTarget }) => setSenderId(currentTarget.value.trim())} />
        </label>
        <label>
          {say('Id of the group, for a group')}{' '}
          <input value={groupId} onInput={({ currentTarget }) => setGroupId(currentTarget.value.trim())} />
        </label>
        <Action act={look}>{say('Look')}</Action>
      </form>
      <div aria-live="polite">{decision !== undefined && <Steps decision={decision} />}</div>
    </section>
  )
}

export function Steps({ decision: { action, reason, steps, tools } }: { readonly decision: Decision }) {
  const { say, translate } = useSpeech()
  return (
    <>
      <p>
        <strong>{translate(action)}</strong>: {translate(reason)}
      </p>
      {tools !== undefined && (
        <p>
          {say('Tools for the answer:')} {tools.length === 0 ? say('none') : tools.join(', ')}
        </p>
      )}
      <StepTable steps={steps} />
    </>
  )
}

export function StepTable({ steps }: Pick<Decision, 'steps'>) {
  const { say, translate } = useSpeech()
  return (
    <Wide label={say('Decided')}>
      <table>
        <thead>
          <tr>
            <th>{say('Step')}</th>
            <th>{say('Outcome')}</th>
            <th>{say('What it saw')}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map(({ step, outcome, detail }) => (
            <tr key={`${step} ${detail}`}>
              <td>{translate(step)}</td>
              <td>{outcome === 'continue' ? '–' : translate(outcome)}</td>
              <td>
                <bdi class="words">{translate(detail)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  )
}
