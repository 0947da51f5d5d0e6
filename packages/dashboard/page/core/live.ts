/**
 * What the page knows of the gateway at any time: the connection, the status, and which kinds of things have changed, so
 * that the pages read them again.
 */

import type { StatusAnswer } from '../../../gateway/src/api/answers.ts'
import { call, isOver, listen, type ServerEvent } from './api.ts'
import { forgetSession } from './session.ts'
import { Store } from './store.ts'

/** `over`: the gateway does not know this browser's session (any more). */
export type Connection = 'connecting' | 'live' | 'lost' | 'over'

export const connection = new Store<Connection>('connecting')
export const status = new Store<StatusAnswer | undefined>(undefined)
/** The latest event of an account, to be read out. */
export const latestEvent = new Store<ServerEvent | undefined>(undefined)

export type Topic = 'status' | 'pairing' | 'outbox' | 'turns'
/** Counts changes. */
export const changes: Readonly<Record<Topic, Store<number>>> = {
  status: new Store(0),
  pairing: new Store(0),
  outbox: new Store(0),
  turns: new Store(0),
}

const allTopics: readonly Topic[] = ['status', 'pairing', 'outbox', 'turns']
const topicsOf: Readonly<Record<string, readonly Topic[]>> = {
  state: ['status'],
  qr: ['status'],
  message: ['status', 'pairing', 'turns'],
  turn: ['turns'],
  send: ['status', 'outbox', 'turns'],
  missed: allTopics,
}

export function changed(...topics: readonly Topic[]): void {
  for (const topic of topics) changes[topic].set(changes[topic].get() + 1)
}

const firstPauseMs = 500
const longestPauseMs = 10_000
/** The status is read again at most so often, however many events come. */
const statusEveryMs = 500

/** Reads events until the session is over. */
export async function stayConnected(signal: AbortSignal): Promise<void> {
  let lastId: string | undefined
  let pauseMs = firstPauseMs
  void keepStatus(signal)
  while (!signal.aborted) {
    try {
      for await (const event of listen(lastId, signal)) {
        if (connection.get() !== 'live') changed(...allTopics)
        connection.set('live')
        pauseMs = firstPauseMs
        lastId = event.id || lastId
        take(event)
      }
    } catch (error) {
      if (signal.aborted) return
      if (isOver(error)) return endSession()
      connection.set('lost')
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
    pauseMs = Math.min(2 * pauseMs, longestPauseMs)
  }
}

export function endSession(): void {
  forgetSession()
  status.set(undefined)
  connection.set('over')
}

function take(event: ServerEvent): void {
  if (event.type === '') return
  if (event.type === 'state') latestEvent.set(event)
  changed(...(topicsOf[event.type] ?? []))
}

async function keepStatus(signal: AbortSignal): Promise<void> {
  let read = -1
  while (!signal.aborted && connection.get() !== 'over') {
    const wanted = changes.status.get()
    if (wanted !== read) {
      read = wanted
      await call('status', {}).then(
        (answer) => status.set(answer),
        (error: unknown) => (isOver(error) ? endSession() : undefined),
      )
    }
    await new Promise((resolve) => setTimeout(resolve, statusEveryMs))
  }
}
