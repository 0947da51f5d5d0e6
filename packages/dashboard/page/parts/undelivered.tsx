/**
 * Events that their webhooks have not taken: those that are tried again, or those that were given up.
 */

import type { WebhookItemAnswer } from '../../../gateway/src/api/answers.ts'
import { call } from '../core/api.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { Again } from './again.tsx'
import { Problem } from './problem.tsx'
import { Time } from './time.tsx'

/** As many as one call may change. */
const maxChanged = 1_000

export function Undelivered({ which }: { readonly which: 'waiting' | 'dead' }) {
  const { say } = useSpeech()
  const { answer, problem } = useFetched('webhooks', { which }, 'outbox')
  const items = answer?.items ?? []
  const title = say('Events for webhooks')
  return (
    <section aria-live="polite">
      <Problem text={problem} />
      {items.length > 0 && <h2>{title}</h2>}
      {items.length > 1 && <Buttons items={items.slice(0, maxChanged)} name={title} />}
      <ul class="cards">
        {items.map((item) => (
          <li key={item.id}>
            <Event item={item} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Event({ item }: { readonly item: WebhookItemAnswer }) {
  const { say } = useSpeech()
  const { id, accountId, host, type, eventId, attempts, reason, createdMs } = item
  const name = say('Event {id}', { id })
  return (
    <article class="card" aria-label={name}>
      <h3>
        <code>{type}</code> → <code>{host}</code>
      </h3>
      <p class="dim">
        <bdi>{accountId}</bdi>, <Time ms={createdMs} />, {say('attempts: {count}', { count: attempts })},{' '}
        <code>{eventId}</code>
      </p>
      {reason !== '' && <p>{say('reason: {reason}', { reason })}</p>}
      <Buttons items={[item]} name={name} />
    </article>
  )
}

/** For one event, or for all of the list. Those that wait go by themselves. */
function Buttons({ items, name }: { readonly items: readonly WebhookItemAnswer[]; readonly name: string }) {
  const { say } = useSpeech()
  const ids = items.map(({ id }) => id)
  const listed = { ids: ids.join(', ') }
  const isOne = ids.length === 1
  const retry = isOne ? say('Send again') : say('Send all again')
  return (
    <Again
      name={name}
      {...(items[0]?.state === 'dead' && { retry })}
      drop={isOne ? say('Drop') : say('Drop all')}
      question={
        isOne
          ? say('Drop event {ids}? It is never delivered.', listed)
          : say('Drop all {count} events? They are never delivered.', { count: ids.length })
      }
      change={(action) => call('changeWebhooks', { action, ids })}
      refusals={{
        retry: say('Not queued: {ids}. Only events that were given up can be delivered once more.', listed),
        drop: say('Not dropped: {ids}. There is no such event.', listed),
      }}
    />
  )
}
