/**
 * Sessions of browsers. A one-time link is traded for a session, which is two secrets: a cookie, which no script can read,
 * and a key, which the page sends in a header. Browsers send a cookie to every port of its host, so a program on another
 * port of this machine may get the cookie; without the key it is worth nothing.
 */

import { createHash, randomBytes } from 'node:crypto'

export interface BrowserSession {
  /** Aborts when the session is over. */
  readonly over: AbortSignal
}

export interface NewSession {
  readonly cookie: string
  readonly key: string
}

export interface OneTimeLink {
  /** What the browser trades. */
  readonly link: string
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number
}

interface OpenSession extends BrowserSession {
  readonly keyDigest: string
  end(): void
}

/** Long enough to set up an SSH tunnel. */
export const linkMs = 5 * 60_000
export const sessionMs = 24 * 60 * 60_000
/** Of both: one more replaces the oldest. */
export const maxOpen = 20
const secretBytes = 32

/** All secrets are kept as digests, so that looking one up takes the same time whatever was guessed. */
export class BrowserSessions {
  /** Their ends, in milliseconds since the epoch, oldest first. */
  readonly #links = new Map<string, number>()
  /** By the digests of their cookies, oldest first. */
  readonly #sessions = new Map<string, OpenSession>()
  readonly #now: () => number

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  makeLink(): OneTimeLink {
    const link = newSecret()
    const expiresAtMs = this.#now() + linkMs
    this.#links.set(digest(link), expiresAtMs)
    const [oldest] = this.#links.keys()
    if (this.#links.size > maxOpen && oldest !== undefined) this.#links.delete(oldest)
    return { link, expiresAtMs }
  }

  /** @returns undefined for a link that was used, is too old, or never existed */
  open(link: string): NewSession | undefined {
    const expiresAtMs = this.#links.get(digest(link))
    this.#links.delete(digest(link))
    if (expiresAtMs === undefined || expiresAtMs <= this.#now()) return undefined
    const [oldest] = this.#sessions.values()
    if (this.#sessions.size >= maxOpen) oldest?.end()
    const cookie = newSecret()
    const key = newSecret()
    this.#add(digest(cookie), digest(key))
    return { cookie, key }
  }

  /** The session that has both secrets. */
  find(cookie: string | undefined, key: string | undefined): BrowserSession | undefined {
    const session = this.#sessions.get(digest(cookie ?? ''))
    return session?.keyDigest === digest(key ?? '') ? session : undefined
  }

  /** Ends the session that has both secrets. */
  end(cookie: string | undefined, key: string | undefined): void {
    if (this.find(cookie, key) !== undefined) this.#sessions.get(digest(cookie ?? ''))?.end()
  }

  #add(id: string, keyDigest: string): void {
    const life = new AbortController()
    const end = () => {
      clearTimeout(timer)
      this.#sessions.delete(id)
      life.abort()
    }
    const timer = setTimeout(end, sessionMs).unref()
    this.#sessions.set(id, { keyDigest, over: life.signal, end })
  }
}

const newSecret = () => randomBytes(secretBytes).toString('base64url')
const digest = (text: string) => createHash('sha256').update(text).digest('hex')
