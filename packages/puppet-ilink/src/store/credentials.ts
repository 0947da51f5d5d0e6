/**
 * Who the bot is, across restarts: in a private file of the state folder, or in Wechaty's memory card. A logged-out
 * bot keeps its token, because iLink recognises a person who scans again by it and cannot be told to unbind.
 */

import { randomUUID } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ILinkError } from '../errors.ts'

const credentials = z.object({
  botId: z.string().min(1),
  /** The person who scanned. */
  userId: z.string(),
  /** Where this bot's API lives; absent: the default. */
  baseUrl: z.string().optional(),
  /** Absent after the backend ended the session. */
  token: z.string().min(1).optional(),
  /** Logged out by its owner: the token is kept, and not used. */
  loggedOut: z.boolean().optional(),
  /** Marks credentials that began with a token from the options: which one. */
  seed: z.string().optional(),
  /** ISO 8601. */
  savedAt: z.string(),
})
export type Credentials = z.infer<typeof credentials>

export interface CredentialStore {
  /** @returns undefined when there are none. `problem` says that unreadable ones were set aside. */
  load(): Promise<{ credentials?: Credentials; problem?: ILinkError }>
  save(credentials: Credentials): Promise<void>
}

const unreadable = (what: string, kept: string, cause: unknown) =>
  new ILinkError(
    'state-corrupt',
    `${what} could not be read; it is kept as ${kept}, and a new login is needed`,
    {
      retryable: false,
      certain: true,
      cause,
    },
  )

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Writes beside the file and renames: a crash leaves the old one or the new one, never half of one. */
const writeAtomically = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.${randomUUID()}.tmp`
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}

const parseFile = (text: string) => {
  try {
    return credentials.safeParse(JSON.parse(text))
  } catch (error) {
    return { success: false as const, error }
  }
}

export const fileCredentials = (path: string, now: () => number): CredentialStore => ({
  async load() {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (text === undefined) return {}
    const parsed = parseFile(text)
    if (parsed.success) return { credentials: parsed.data }
    const aside = `${path}.corrupt-${now()}`
    await rename(path, aside)
    return { problem: unreadable(path, aside, parsed.error) }
  },
  async save(value) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await chmod(dirname(path), 0o700)
    await writeAtomically(path, `${JSON.stringify(value, undefined, 2)}\n`)
  },
})

/** What is needed of Wechaty's memory card. */
export interface Memory {
  get(key: string): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
  save(): Promise<void>
}

const memoryKey = 'wechaty-puppet-ilink'

export const memoryCredentials = (memory: () => Memory, now: () => number): CredentialStore => ({
  async load() {
    const value = await memory().get(memoryKey)
    if (value === undefined || value === null) return {}
    const parsed = credentials.safeParse(value)
    if (parsed.success) return { credentials: parsed.data }
    const aside = `${memoryKey}-corrupt-${now()}`
    await memory().set(aside, value)
    return { problem: unreadable('the memory card', `its entry ${aside}`, parsed.error) }
  },
  async save(value) {
    await memory().set(memoryKey, value)
    await memory().save()
  },
})
