/**
 * Stores a login that another program made, such as Tencent's plugin for OpenClaw: a puppet on this store then logs in
 * without a scan, polls on where that program stopped, and can write to the people whom it could write to.
 */

import { refusedLocally } from '../errors.ts'
import { storeLimits } from '../limits.ts'
import { credentialsKey, readCredentials } from './credentials.ts'
import { isPortable, keyOf } from './entries.ts'
import type { StateChange, StateStore } from './state-store.ts'

export interface ForeignLogin {
  /** Such as `b0f5860fdecb@im.bot`. */
  readonly botId: string
  readonly token: string
  /** The person who scanned. */
  readonly userId?: string
  /** Base URL of the bot's API, as the backend gave it at the login. Only an https URL is used. */
  readonly baseUrl?: string
  /** `get_updates_buf` of the latest poll: polling continues there. */
  readonly cursor?: string
  /** What a send to a person needs, and when the person wrote, in milliseconds since the epoch. */
  readonly contextTokens?: readonly {
    readonly userId: string
    readonly token: string
    readonly atMs: number
  }[]
}

/**
 * `adopted`: stored. `present`: the store has this very login already, and nothing was changed. `occupied`: it has another
 * login, which is still used, and nothing was changed.
 */
export type Adoption = 'adopted' | 'present' | 'occupied'

/** As it goes into an HTTP header. */
const tokenPattern = /^[\x21-\x7e]+$/

/**
 * Stores `login` in one durable write, unless the store has a login. Stop the other program first: iLink delivers a
 * message to one of the programs that poll a token, and the other misses it.
 *
 * @example
 * ```ts
 * import { adoptLogin, type StateStore } from 'wechaty-puppet-ilink'
 *
 * declare const state: StateStore // your implementation
 * const adoption = await adoptLogin({ botId: 'b0f5860fdecb@im.bot', token: '<the bot token>' }, state)
 * ```
 * @throws ILinkError invalid-argument; whatever `into` rejects with
 */
export const adoptLogin = async (
  login: ForeignLogin,
  into: StateStore,
  nowMs: number = Date.now(),
): Promise<Adoption> => {
  checkLogin(login)
  const stored = (await into.get('credentials', [credentialsKey])).get(credentialsKey)
  const current = stored === undefined ? undefined : readCredentials(stored)
  if (current !== undefined && 'value' in current) {
    const { token, loggedOut } = current.value
    if (token === login.token && loggedOut !== true) return 'present'
    if (token !== undefined && loggedOut !== true) return 'occupied'
  }
  await into.write(changesOf(login, nowMs), 'durable')
  return 'adopted'
}

const checkLogin = ({ botId, token, userId = '', cursor = '' }: ForeignLogin): void => {
  if (!tokenPattern.test(token)) throw refusedLocally('invalid-argument', 'The token is no bot token', false)
  if (botId === '' || ![botId, userId, cursor].every(isPortable))
    throw refusedLocally('invalid-argument', 'The login has an id or a cursor that cannot be stored', false)
}

/** A session of an earlier bot ends: its windows and its cursor are removed first. */
const changesOf = (
  { botId, token, userId = '', baseUrl, cursor, contextTokens = [] }: ForeignLogin,
  nowMs: number,
): StateChange[] => {
  const savedAt = new Date(nowMs).toISOString()
  const credentials = { botId, userId, token, savedAt, ...(baseUrl !== undefined && { baseUrl }) }
  const put = (kind: string, key: string, value: unknown, atMs = nowMs) => ({
    kind,
    key,
    value: JSON.stringify(value),
    atMs,
  })
  return [
    { kind: 'window', key: undefined },
    cursor ? put('meta', 'cursor', cursor) : { kind: 'meta', key: 'cursor', value: undefined },
    put('meta', 'bot', botId),
    ...contextTokens
      .filter((one) => isPortable(one.userId + one.token))
      .slice(-storeLimits.maxWindows)
      .map((one) => put('window', keyOf(one.userId), { ...one, exhausted: false, counted: [] }, one.atMs)),
    put('credentials', credentialsKey, credentials),
  ]
}
