/**
 * What is not sent, because of what, and what to do about it.
 */

import { useState } from 'preact/hooks'
import type { OutboxItemAnswer } from '../../../gateway/src/api/answers.ts'
import { call } from '../core/api.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { changed } from '../core/live.ts'
import { Action } from '../parts/action.tsx'
import { Again } from '../parts/again.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Undelivered } from '../parts/undelivered.tsx'
import { Words } from '../parts/words.tsx'

const listings = { waiting: 'Waiting', failed: 'Given up' } as const

export function OutboxPage() {
  const { say } = useSpeech()
  const [which, setWhich] = useState<keyof typeof listings>('waiting')
  const { answer, problem } = useFetched('outbox', { which }, 'outbox')
  return (
    <>
      <fieldset class="buttons">
        <legend class="unseen">{say('Which messages')}</legend>
        {(['waiting', 'failed'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={one === which} onClick={() => setWhich(one)}>
            {say(listings[one])}
          </button>
        ))}
      </fieldset>
      <Problem text={problem} />
      <section aria-live="polite">
        {answer === undefined && problem === undefined && <p>{say('Loading …')}</p>}
        {answer?.items.length === 0 &&
          (which === 'waiting' ? (
            <p>{say('No message is waiting to be sent.')}</p>
          ) : (
            <p>{say('No message was given up.')}</p>
          ))}
        <ul class="cards">
          {answer?.items.map((item) => (
            <li key={item.id}>
              <Item item={item} />
            </li>
          ))}
        </ul>
      </section>
      <Undelivered which={which === 'failed' ? 'dead' : 'waiting'} />
      <Targets />
    </>
  )
}

/** To whom other programs may write. */
function Targets() {
  const { say, translate } = useSpeech()
  const { answer } = useFetched('targets', {}, 'status')
  if (answer === undefined || answer.targets.length === 0) return null
  const test = (target: string) => async () => {
    const { state, reason } = await call('testTarget', { target })
    changed('outbox')
    return [state, reason]
      .filter((text) => text !== '')
      .map(translate)
      .join(': ')
  }
  return (
    <section>
      <h2>{say('Targets of other programs')}</h2>
      <ul>
        {answer.targets.map(({ name }) => (
          <li key={name}>
            {name}{' '}
            <Action act={test(name)} label={`${say('Send a test')}: ${name}`}>
              {say('Send a test')}
            </Action>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Item({ item }: { readonly item: OutboxItemAnswer }) {
  const { say, translate } = useSpeech()
  const { id, accountId, conversation, purpose, state, reason, createdMs, preview } = item
  return (
    <article class="card" aria-label={say('Message {id}', { id })}>
      <h3>
        <span class="badge wait">{translate(state)}</span> {translate(purpose)} →{' '}
        <code>{conversation.id}</code>
      </h3>
      <p>
        <Words text={preview} />
      </p>
      <p class="dim">
        <bdi>{accountId}</bdi>, <Time ms={createdMs} />
      </p>
      {reason !== '' && <p>{say('reason: {reason}', { reason })}</p>}
      <Again
        name={id}
        retry={say('Send again')}
        drop={say('Drop')}
        question={say('Drop message {id}? It is never sent.', { id })}
        change={(action) => call('changeOutbox', { action, ids: [id], accountId })}
        refusals={{
          retry: say(
            'Not queued: {ids}. It was sent, is being sent, or its text or file is no longer stored.',
            { ids: id },
          ),
          drop: say('Not dropped: {ids}. It was sent, is being sent, or does not exist.', { ids: id }),
        }}
      />
    </article>
  )
}
