/**
 * The messages that people wrote, newest first, and for each what became of it: from its arrival to the parts of its answer.
 */

import { useEffect, useState } from 'preact/hooks'
import type { MessagesAnswer } from '../../../gateway/src/api/answers.ts'
import { useFetched } from '../core/fetched.ts'
import { useSpeech } from '../core/language.tsx'
import { status } from '../core/live.ts'
import { useStore } from '../core/store.ts'
import { Attached } from '../parts/attached.tsx'
import { Problem } from '../parts/problem.tsx'
import { Time } from '../parts/time.tsx'
import { Trace } from '../parts/trace.tsx'
import { Words } from '../parts/words.tsx'

type Message = MessagesAnswer['messages'][number]
type Conversation = Message['conversation']

/** A search begins when nothing more is typed for so long. */
const typingMs = 400
const perPage = 50

export function ConversationsPage() {
  const { say } = useSpeech()
  const accounts = useStore(status)?.accounts ?? []
  const [chosen, setChosen] = useState('')
  const [typed, setTyped] = useState('')
  const [text, setText] = useState('')
  const [conversation, setConversation] = useState<Conversation>()
  /** Where each page of older messages begins. */
  const [before, setBefore] = useState<readonly number[]>([])
  useEffect(() => {
    const timer = setTimeout(() => setText(typed), typingMs)
    return () => clearTimeout(timer)
  }, [typed])
  const accountId = chosen === '' ? accounts[0]?.accountId : chosen
  const { answer, problem } = useFetched(
    'messages',
    {
      limit: perPage,
      before: before.at(-1),
      accountId,
      ...(text !== '' && { text }),
      ...(conversation !== undefined && { kind: conversation.kind, conversationId: conversation.id }),
    },
    // A search looks at many messages: it is not made again at each event.
    text === '' ? 'turns' : undefined,
  )
  const messages = answer?.messages ?? []
  return (
    <>
      <form class="buttons" onSubmit={(event) => event.preventDefault()}>
        <label>
          {say('Account')}{' '}
          <select
            value={accountId ?? ''}
            onChange={({ currentTarget }) => {
              setChosen(currentTarget.value)
              setBefore([])
            }}
          >
            {accounts.map((account) => (
              <option key={account.accountId}>{account.accountId}</option>
            ))}
          </select>
        </label>
        <label>
          {say('Search in texts and ids')}{' '}
          <input
            type="search"
            maxLength={200}
            value={typed}
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value.trim())
              setBefore([])
            }}
          />
        </label>
        {conversation !== undefined && (
          <button type="button" onClick={() => setConversation(undefined)}>
            {say('All conversations')}
          </button>
        )}
      </form>
      <Problem text={problem} />
      {answer?.showsTexts === false && (
        <p class="banner wait">{say('Texts are not shown, because dashboard.showTexts is false.')}</p>
      )}
      {answer === undefined && problem === undefined && <p>{say('Loading …')}</p>}
      {answer !== undefined && messages.length === 0 && (
        <p>
          {answer.next === undefined
            ? say('No message fits.')
            : say('None of the messages searched so far fits.')}
        </p>
      )}
      <ul class="cards">
        {messages.map((message) => (
          <li key={message.position}>
            <MessageCard
              message={message}
              showsFiles={answer?.showsTexts === true}
              choose={() => {
                setConversation(message.conversation)
                setBefore([])
              }}
            />
          </li>
        ))}
      </ul>
      <Paging before={before} setBefore={setBefore} next={answer?.next} isShort={messages.length < perPage} />
    </>
  )
}

function Paging(props: {
  readonly before: readonly number[]
  readonly setBefore: (before: readonly number[]) => void
  readonly next: number | undefined
  /** Fewer fit than a page takes: the older ones were not looked at yet. */
  readonly isShort: boolean
}) {
  const { say } = useSpeech()
  const { before, setBefore, next, isShort } = props
  return (
    <div class="buttons">
      {before.length > 0 && (
        <button type="button" onClick={() => setBefore(before.slice(0, -1))}>
          {say('Newer messages')}
        </button>
      )}
      {next !== undefined && (
        <button type="button" onClick={() => setBefore([...before, next])}>
          {isShort ? say('Search further back') : say('Older messages')}
        </button>
      )}
    </div>
  )
}

const kindsWithFile = ['image', 'voice', 'video', 'file']

function MessageCard(props: {
  readonly message: Message
  readonly showsFiles: boolean
  readonly choose: () => void
}) {
  const { message, showsFiles, choose } = props
  const { say, translate } = useSpeech()
  const [isOpen, setOpen] = useState(false)
  const { conversation, senderId, senderName, text, kind, receivedMs, state } = message
  return (
    <article class="card" aria-label={say('Message {id}', { id: message.messageId })}>
      <h2>
        <bdi>{senderName ?? senderId ?? say('unknown')}</bdi>
        <span class={`badge ${lookOf(message)}`}>{translate(state)}</span>
      </h2>
      <p class="dim">
        <Time ms={receivedMs} />,{' '}
        <button type="button" class="quiet" onClick={choose}>
          {conversation.kind === 'group' ? say('group') : say('direct chat')} <code>{conversation.id}</code>
        </button>
      </p>
      <p>
        {text === '' ? (
          <span class="dim">
            {kind === undefined || kind === 'text' ? say('The text is not stored.') : `[${kind}]`}
          </span>
        ) : (
          <Words text={text} />
        )}
      </p>
      {showsFiles && kindsWithFile.includes(kind ?? '') && (
        <Attached
          file={message.file}
          query={{
            accountId: message.accountId,
            kind: conversation.kind,
            conversationId: conversation.id,
            messageId: message.messageId,
          }}
        />
      )}
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {say('What became of it')}
      </button>
      {isOpen && <Trace message={message} showsFiles={showsFiles} />}
    </article>
  )
}

function lookOf({ state, parts }: Message): 'good' | 'bad' | 'wait' {
  if (state === 'failed' || parts.some((part) => ['failed', 'uncertain', 'expired'].includes(part.state)))
    return 'bad'
  return state === 'answered' && parts.every((part) => part.state === 'sent') ? 'good' : 'wait'
}
