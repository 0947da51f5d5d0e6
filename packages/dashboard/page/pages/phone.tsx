/**
 * The phone of the sandbox: one of several people writes to the bot, alone or in a group, and sees what comes back.
 */

import { useState } from 'preact/hooks'
import { call } from '../core/api.ts'
import { useFetched } from '../core/fetched.ts'
import { htmlLanguage, useSpeech } from '../core/language.tsx'
import { Action } from '../parts/action.tsx'
import { Bubbles, type Chat } from '../parts/bubbles.tsx'
import { Composer } from '../parts/composer.tsx'
import { Problem } from '../parts/problem.tsx'

/** What comes back is shown at once where an event tells of it. */
const againMs = 700
const botName = 'moltbot'

export function PhonePage() {
  const { say, language } = useSpeech()
  const { answer, problem, reload } = useFetched('phone', {}, 'status')
  const [placeId, setPlaceId] = useState('')
  const [chosenId, setChosenId] = useState('')
  const places = (answer?.accounts ?? []).flatMap((account) =>
    [{ id: '', name: botName }, ...account.groups].map((group) => ({
      ...account,
      group,
      id: `${account.accountId} ${group.id}`,
      name: `${account.accountId}: ${group.name}`,
    })),
  )
  const here = places.find(({ id }) => id === placeId) ?? places[0]
  const person = here?.people.find(({ id }) => id === chosenId) ?? here?.people[0]
  if (here === undefined || person === undefined) return <Problem text={problem ?? say('Loading …')} />
  const { accountId, group, people } = here
  const add = async () => {
    const name = prompt(say('Name of the new person'))?.trim()
    if (name) setChosenId((await call('phonePerson', { accountId, name })).id)
    reload()
    return undefined
  }
  const wait = (hours: number) => async () => {
    await call('phoneClock', { advanceMs: hours * 3_600_000 })
    reload()
    return undefined
  }
  const time = new Date(answer?.nowMs ?? 0).toLocaleString(htmlLanguage[language], {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  })
  return (
    <>
      <form class="buttons" onSubmit={(event) => event.preventDefault()}>
        <Choice label={say('Chat')} among={places} chosen={here} choose={setPlaceId} />
        <Choice label={say('You are')} among={people} chosen={person} choose={setChosenId} />
        <Action act={add}>{say('New person')}</Action>
        <span>{say('The clock of the sandbox shows {time}', { time })}</span>
        <Action act={wait(1)}>{say('1 hour later')}</Action>
        <Action act={wait(24)}>{say('1 day later')}</Action>
      </form>
      <Screen
        chat={{ accountId, personId: person.id, ...(group.id !== '' && { groupId: group.id }) }}
        title={group.name}
      />
    </>
  )
}

interface Named {
  readonly id: string
  readonly name: string
}

function Choice(props: {
  readonly label: string
  readonly among: readonly Named[]
  readonly chosen: Named
  readonly choose: (id: string) => void
}) {
  const { label, among, chosen, choose } = props
  return (
    <label>
      {label}{' '}
      <select value={chosen.id} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {among.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

function Screen({ chat, title }: { readonly chat: Chat; readonly title: string }) {
  const { say } = useSpeech()
  const { answer, problem, reload } = useFetched('phoneChat', chat, 'turns', againMs)
  return (
    <section class="phone" aria-label={title}>
      <h2>
        <bdi>{title}</bdi>
      </h2>
      <Bubbles chat={chat} messages={answer?.messages ?? []} />
      <p class="dim" role="status">
        {answer?.isTyping && say('The bot is typing …')}
      </p>
      <Problem text={problem} />
      <Composer chat={chat} onSent={reload} />
    </section>
  )
}
