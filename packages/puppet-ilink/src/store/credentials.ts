/**
 * Who the bot is, across restarts: in the state store, or in Wechaty's memory card. A logged-out bot keeps its token,
 * because iLink recognises a person who scans again by it, and offers no call that ends the binding.
 */

import { z } from 'zod'
import { ILinkError } from '../errors.ts'
import { type Entries, jsonOf } from './entries.ts'

const credentials = z.object({
  botId: z.string().min(1),
  /** The person who scanned. */
  userId: z.string(),
  /** Base URL of this bot's API; absent: the default. */
  baseUrl: z.string().optional(),
  /** Absent after the backend ended the session. */
  token: z.string().min(1).optional(),
  /** Logged out by its owner: the token is stored, but not used. */
  loggedOut: z.boolean().optional(),
  /** Fingerprint of the token from the options that these credentials began with. */
  seed: z.string().optional(),
  /** ISO 8601. */
  savedAt: z.string(),
})
export type Credentials = z.infer<typeof credentials>

/** Credentials that can be used. */
export type LiveCredentials = Credentials & { token: string }

export interface CredentialStore {
  /** @returns undefined when there are none, or none that can be read: those are set aside and reported. */
  load(): Promise<Credentials | undefined>
  /** Resolves when they are stored durably. */
  save(credentials: Credentials): Promise<void>
}

/** The only key of kind `credentials`. */
export const credentialsKey = 'login'

export const readCredentials = jsonOf(credentials)

export const storedCredentials = (entries: Entries): CredentialStore => ({
  async load() {
    const found = await entries.read('credentials', [credentialsKey], readCredentials)
    return found.get(credentialsKey)
  },
  save: (value) =>
    entries.write([entries.put('credentials', credentialsKey, JSON.stringify(value))], 'durable'),
})

/** The members of Wechaty's memory card that are used. */
export interface Memory {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
  save(): Promise<void>
}

const memoryKey = 'wechaty-puppet-ilink'

export const memoryCredentials = (
  memory: () => Memory,
  now: () => number,
  report: (problem: ILinkError) => void,
): CredentialStore => ({
  async load() {
    const value = await memory().get(memoryKey)
    if (value === undefined || value === null) return undefined
    const parsed = credentials.safeParse(value)
    if (parsed.success) return parsed.data
    const aside = `${memoryKey}-corrupt-${now()}`
    await memory().set(aside, value)
    const message = `The login in the memory card could not be read; it was moved to ${aside}, and a new login is needed`
    report(new ILinkError('state-corrupt', message, { retryable: false, certain: true, cause: parsed.error }))
    return undefined
  },
  async save(value) {
    await memory().set(memoryKey, value)
    await memory().save()
  },
})
