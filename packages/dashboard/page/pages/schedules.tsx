/**
 * What is sent by itself: its next time, and what became of its last run.
 */

import type { ScheduleAnswer } from '../../../gateway/src/api/answers.ts'
import { call } from '../core/api.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { changed } from '../core/live.ts'
import { Action } from '../parts/action.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Words } from '../parts/words.tsx'

export function SchedulesPage() {
  const { say } = useSpeech()
  const { answer, problem } = useFetched('schedules', {}, 'outbox')
  return (
    <>
      <Problem text={problem} />
      <section aria-live="polite">
        {answer === undefined && problem === undefined && <p>{say('Loading …')}</p>}
        {answer?.schedules.length === 0 && <p>{say('Nothing is scheduled.')}</p>}
        <ul class="cards">
          {answer?.schedules.map((schedule) => (
            <li key={schedule.id}>
              <Item schedule={schedule} />
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}

function Item({ schedule }: { readonly schedule: ScheduleAnswer }) {
  const { say, translate } = useSpeech()
  const { id, accountId, conversation, nextMs, isPaused, text, origin, runs } = schedule
  const [last] = runs
  const act = (action: 'run' | 'pause' | 'resume' | 'remove') => async () => {
    await call('changeSchedule', { id, action })
    changed('outbox')
    return undefined
  }
  return (
    <article class="card" aria-label={id}>
      <h3>
        <bdi>{id}</bdi> → <code>{conversation.id}</code>
      </h3>
      <p>
        <Words text={text} />
      </p>
      <p class="dim">
        <bdi>{accountId}</bdi>, {isPaused ? say('paused') : nextMs !== undefined && <Time ms={nextMs} />}
      </p>
      {last !== undefined && (
        <p>
          <span class="badge">{translate(last.state)}</span> <Time ms={last.dueMs} />{' '}
          {last.reason === '' ? '' : translate(last.reason)}
        </p>
      )}
      <div class="buttons">
        <Action act={act('run')} label={`${say('Run now')}: ${id}`}>
          {say('Run now')}
        </Action>
        {isPaused ? (
          <Action act={act('resume')} label={`${say('Resume')}: ${id}`}>
            {say('Resume')}
          </Action>
        ) : (
          <Action act={act('pause')} label={`${say('Pause')}: ${id}`}>
            {say('Pause')}
          </Action>
        )}
        {origin === 'chat' && (
          <Action
            act={act('remove')}
            kind="danger"
            label={`${say('Remove')}: ${id}`}
            confirm={say('Remove {id}?', { id })}
          >
            {say('Remove')}
          </Action>
        )}
      </div>
    </article>
  )
}
