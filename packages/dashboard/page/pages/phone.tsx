/**
 * The phone of the sandbox: one of several people writes to the bot, alone or in a group, and sees what comes back.
 */

import { useState } from 'preact/hooks'
import { call } from '../core/api.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { Action } from '../parts/action.tsx'
import { Bubbles, type Chat } from '../parts/bubbles.tsx'
import { Composer } from '../parts/composer.tsx'
import { Problem } from '../parts/problem.tsx'

/** What comes back is shown at once where an event tells of it. */
const againMs = 700
const botName = 'moltbot'

export function PhonePage() {
  const { say } = useSpeech()
  const { answer, problem, reload } = useFetched('phone', {}, 'status')
  const [placeId, setPlaceId] = useState('')
  const [chosenId, setChosenId] = useState('')
  const places = (answer?.accounts ?? []).flatMap((account) =>
    [{ id: '', name: botName }, ...account.groups].map((group) => ({ ...account, group })),
  )
  const here = places.find((place) => idOf(place) === placeId) ?? places[0]
  const person = here?.people.find(({ id }) => id === chosenId) ?? here?.people[0]
  if (here === undefined || person === undefined) return <Problem text={problem ?? say('Loading …')} />
  const { accountId, group, people } = here
  const add = async () => {
    const name = prompt(say('Name of the new person'))?.trim()
    if (name) setChosenId((await call('phonePerson', { accountId, name })).id)
    reload()
    return undefined
  }
  return (
    <>
      <form class="buttons" onSubmit={(event) => event.preventDefault()}>
        <label>
          {say('Chat')}{' '}
          <select value={idOf(here)} onChange={({ currentTarget }) => setPlaceId(currentTarget.value)}>
            {places.map((place) => (
              <option key={idOf(place)} value={idOf(place)}>
                {place.accountId}: {place.group.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {say('You are')}{' '}
          <select value={person.id} onChange={({ currentTarget }) => setChosenId(currentTarget.value)}>
            {people.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Action act={add}>{say('New person')}</Action>
      </form>
      <Screen
        chat={{ accountId, personId: person.id, ...(group.id !== '' && { groupId: group.id }) }}
        title={group.name}
      />
    </>
  )
}

const idOf = (place: { readonly accountId: string; readonly group: { readonly id: string } }) =>
  `${place.accountId} ${place.group.id}`

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
