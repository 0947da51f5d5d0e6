/**
 * Tokens for other programs: each opens the push API, the MCP server or both, and reaches the targets that it names. They
 * are stored as hashes, so whoever reads the database cannot use them.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { type Logger, MoltbotError } from '@moltbot/channel-sdk'

export const tokenScopes = ['push', 'mcp'] as const
export type TokenScope = (typeof tokenScopes)[number]

export interface AccessToken {
  /** Public: it is shown in lists. */
  readonly id: string
  readonly scopes: readonly TokenScope[]
  /** Names of targets; `*`: all. */
  readonly targets: readonly string[]
  /** For people: what the token is used for. */
  readonly note: string
  /** Both in milliseconds since the epoch. 0: never used. */
  readonly createdMs: number
  readonly usedMs: number
}

export interface StoredToken extends AccessToken {
  /** SHA-256 of the whole token, in hex. */
  readonly hash: string
}

/** The port in which tokens are stored; `tokenStoreContract` of the tests says what an implementation has to do. */
export interface TokenStore {
  /** Durable. @returns false where `max` tokens are stored already */
  add(token: StoredToken, max: number): Promise<boolean>
  /** Oldest first. */
  list(): Promise<readonly AccessToken[]>
  find(id: string): Promise<StoredToken | undefined>
  /** Durable: a token that was taken back stays so. @returns false where there is none with this id */
  remove(id: string): Promise<boolean>
  /** Relaxed: a power failure costs the time of the last use. */
  noteUse(id: string, nowMs: number): Promise<void>
}

export interface NewToken {
  readonly scopes: readonly TokenScope[]
  readonly targets: readonly string[]
  readonly note: string
}

export const maxTokens = 100
/** Stands for every target, those that are added later included. */
export const everyTarget = '*'
const idBytes = 6
const secretBytes = 32
/** The prefix lets scanners of source code, and our log, recognise a token. */
const tokenPattern = /^mbt_([0-9a-f]{12})_[\w-]{43}$/
/** A use is noted this often at most. */
const noteUseEveryMs = 60_000

export class AccessTokens {
  readonly #store: TokenStore
  readonly #now: () => number
  readonly #log: Logger

  /** @param now milliseconds since the epoch */
  constructor(store: TokenStore, { now, log }: { readonly now: () => number; readonly log: Logger }) {
    this.#store = store
    this.#now = now
    this.#log = log
  }

  /** @returns the token itself, which is stored nowhere @throws `too-many-tokens` */
  async create(wanted: NewToken): Promise<{ readonly token: string; readonly access: AccessToken }> {
    const id = randomBytes(idBytes).toString('hex')
    const token = `mbt_${id}_${randomBytes(secretBytes).toString('base64url')}`
    const access = { ...wanted, id, createdMs: this.#now(), usedMs: 0 }
    if (!(await this.#store.add({ ...access, hash: hashOf(token) }, maxTokens)))
      throw new MoltbotError(
        'too-many-tokens',
        `there are ${maxTokens} tokens; revoke those that are not used`,
      )
    this.#note('token.created', access, 'A token for other programs was created (moltbot tokens create)')
    return { token, access }
  }

  list(): Promise<readonly AccessToken[]> {
    return this.#store.list()
  }

  /** @throws `token-unknown` */
  async revoke(id: string): Promise<void> {
    // Undefined for a row that cannot be read, which is revoked as well.
    const access = await this.#store.find(id)
    if (!(await this.#store.remove(id)))
      throw new MoltbotError('token-unknown', `there is no token with the id ${JSON.stringify(id)}`)
    this.#note(
      'token.revoked',
      access ?? { id },
      'A token for other programs was revoked (moltbot tokens revoke)',
    )
  }

  /** The token that a program sent, if it is one of these. Secrets are compared in constant time. */
  async check(given: string): Promise<AccessToken | undefined> {
    const id = tokenPattern.exec(given)?.[1]
    const stored = id === undefined ? undefined : await this.#store.find(id)
    if (stored === undefined) return undefined
    const { hash, ...access } = stored
    if (!timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(given), 'hex'))) return undefined
    const nowMs = this.#now()
    if (nowMs - access.usedMs >= noteUseEveryMs) await this.#store.noteUse(access.id, nowMs)
    return access
  }

  /** Who looks at the log later learns what a token opened, and never the token. */
  #note(event: string, { id, scopes, targets, note }: Partial<AccessToken>, message: string): void {
    this.#log.info({ event, id, scopes, targets, note }, message)
  }
}

/** A token has 256 random bits, so a plain hash cannot be reversed by guessing. */
const hashOf = (token: string) => createHash('sha256').update(token).digest('hex')
