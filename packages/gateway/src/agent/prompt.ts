/**
 * What the model reads: the system prompt, what was said before, and the messages of this turn.
 * Display names of people never get in here: anyone can set theirs to an instruction.
 */

import type { Turn } from '@moltbot/channel-sdk'
import type { ModelMessage } from 'ai'
import type { SessionTurn } from '../sessions/session-store.ts'

export const defaultSystemPrompt =
  'You are a helpful assistant in a WeChat chat. Answer in the language of the person who writes to you, ' +
  'briefly and to the point, as one does in a chat.'

/** UTF-16 units of earlier exchanges that are sent along, however many turns the configuration allows. */
export const maxHistoryLength = 200_000

/** The text of a turn: one person's burst, a line for each message. */
export function userTextOf(turn: Turn): string {
  return turn.messages.map((message) => message.text).join('\n')
}

/** @param history oldest first. Its oldest exchanges are left out where it is longer than {@link maxHistoryLength}. */
export function messagesFor(turn: Turn, history: readonly SessionTurn[]): ModelMessage[] {
  return [
    ...newestWithin(history, maxHistoryLength).flatMap(({ user, assistant }): ModelMessage[] => [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ]),
    { role: 'user', content: userTextOf(turn) },
  ]
}

function newestWithin(history: readonly SessionTurn[], maxLength: number): readonly SessionTurn[] {
  let length = 0
  const firstTooMany = history.findLastIndex(({ user, assistant }) => {
    length += user.length + assistant.length
    return length > maxLength
  })
  return history.slice(firstTooMany + 1)
}
