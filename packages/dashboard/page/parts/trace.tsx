/**
 * The way of one message: received, decided, waited, answered by a turn, sent in parts.
 */

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { MessagesAnswer } from '../../../gateway/src/api/answers.ts'
import type { RouteAnswer } from '../../../gateway/src/api/routes.ts'
import { call } from '../core/api.ts'
import { htmlLanguage, useSpeech } from '../core/language.tsx'
import { Action } from './action.tsx'
import { Steps } from './lookup.tsx'
import { Words } from './words.tsx'

type Message = MessagesAnswer['messages'][number]

export function Trace({ message }: { readonly message: Message }) {
  const { say, translate, language } = useSpeech()
  const { receivedMs, state, reason, attempts, turn, parts } = message
  const at = (ms: number) =>
    new Date(ms).toLocaleString(htmlLanguage[language], { dateStyle: 'short', timeStyle: 'medium' })
  return (
    <ol class="trace">
      <Stage name={say('Received')}>{at(receivedMs)}</Stage>
      <Stage name={say('Decided')}>
        {translate(state)}
        {reason !== '' && `: ${translate(reason)}`} <Decision message={message} />
      </Stage>
      {turn !== undefined && (
        <Stage name={say('Waited for its turn')}>
          {say('{seconds} s', { seconds: seconds(Math.max(0, turn.beganMs - receivedMs)) })}
        </Stage>
      )}
      {turn !== undefined && (
        <Stage name={say('Turn')}>
          {translate(turn.outcome)}
          {turn.code !== '' && ` (${turn.code})`}: {turn.model || say('no model')},{' '}
          {say('{seconds} s, {read} tokens read, {written} written', {
            seconds: seconds(turn.durationMs),
            read: turn.read,
            written: turn.written,
          })}
          {Object.entries(turn.tools).map(([tool, times]) => (
            <span key={tool}>
              , <code>{tool}</code> × {times}
            </span>
          ))}
          {attempts > 1 && <>, {say('begun {count} times', { count: attempts })}</>}
        </Stage>
      )}
      {parts.map((part) => (
        <Stage key={part.id} name={part.isFile ? say('File') : say('Part')}>
          <strong>{translate(part.state)}</strong> {at(part.createdMs)}{' '}
          {part.text !== '' && <Words text={part.text} />}
          {part.reason !== '' && <p>{say('reason: {reason}', { reason: part.reason })}</p>}
        </Stage>
      ))}
    </ol>
  )
}

function Stage({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <li>
      <span class="dim">{name}</span> <span>{children}</span>
    </li>
  )
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1)

/** Each step of the policy, as it would decide now: only its outcome and the reason are stored. */
function Decision({ message }: { readonly message: Message }) {
  const { say } = useSpeech()
  const [decision, setDecision] = useState<RouteAnswer<'explain'>>()
  const { accountId, conversation, senderId, text } = message
  if (senderId === undefined) return null
  const look = async () => {
    setDecision(await call('explain', { accountId, conversation, senderId, text }))
    return undefined
  }
  return (
    <>
      <Action act={look}>{say('Each step, as it is decided now')}</Action>
      <div aria-live="polite">{decision !== undefined && <Steps decision={decision} />}</div>
    </>
  )
}
