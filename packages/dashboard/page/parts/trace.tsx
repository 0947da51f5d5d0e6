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
import { Attached } from './attached.tsx'
import { Steps, StepTable } from './lookup.tsx'
import { Words } from './words.tsx'

type Message = MessagesAnswer['messages'][number]

export function Trace({ message, showsFiles }: { readonly message: Message; readonly showsFiles: boolean }) {
  const { say, translate, language } = useSpeech()
  const { receivedMs, state, reason, steps, attempts, turn, parts } = message
  const decided = steps.at(-1)?.outcome
  // What was to be answered, and is not: too old, say, or its sender was locked out meanwhile.
  const isTakenOut = decided === 'dispatch' && (state === 'recorded' || state === 'refused')
  const at = (ms: number) =>
    new Date(ms).toLocaleString(htmlLanguage[language], { dateStyle: 'short', timeStyle: 'medium' })
  return (
    <ol class="trace">
      <Stage name={say('Received')}>{at(receivedMs)}</Stage>
      <Stage name={say('Decided')}>
        <strong>{translate(decided ?? state)}</strong>
        {reason !== '' && !isTakenOut && state !== 'failed' && `: ${translate(reason)}`}
        {steps.length > 0 && <StepTable steps={steps} />} <Decision message={message} />
      </Stage>
      {turn === undefined && state === 'dispatched' && <Stage name={say('Waits for its turn')}>…</Stage>}
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
      {isTakenOut && (
        <Stage name={say('Taken out of its turn')}>
          <strong>{translate(state)}</strong>: {translate(reason)}
        </Stage>
      )}
      {state === 'failed' && reason !== '' && <Stage name={say('Not answered')}>{reason}</Stage>}
      {parts.map((part) => (
        <Stage key={part.id} name={part.isFile ? say('File') : say('Part')}>
          <strong>{translate(part.state)}</strong> {at(part.attemptedMs ?? part.createdMs)}{' '}
          {part.attempts > 1 && <>({say('tried {count} times', { count: part.attempts })}) </>}
          {part.text !== '' && <Words text={part.text} />}
          {part.isFile && showsFiles && (
            <Attached file={part.file} query={{ accountId: message.accountId, part: part.id }} />
          )}
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

/** The same under the present configuration, which may be another than the one that decided. */
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
      <Action act={look}>{say('How it would be decided now')}</Action>
      <div aria-live="polite">{decision !== undefined && <Steps decision={decision} />}</div>
    </>
  )
}
