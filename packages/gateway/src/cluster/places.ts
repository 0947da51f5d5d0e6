/**
 * Which of the configured accounts this gateway should serve. Computed again only when gateways or accounts have changed: it
 * is asked with each beat, and there may be very many accounts.
 */

import { candidatesOf, type Member } from './members.ts'
import { chooseGateway } from './rendezvous.ts'

export class Places {
  #wanted: ReadonlySet<string> = new Set()
  #accounts: readonly string[] = []
  #members = ''

  /** @param accounts another array where they have changed */
  of(id: string, members: readonly Member[], accounts: readonly string[]): ReadonlySet<string> {
    const candidates = candidatesOf(members)
    const own = candidates.find((one) => one.id === id)?.name
    const text = JSON.stringify([own, candidates.map(({ name, weight }) => [name, weight])])
    if (text === this.#members && accounts === this.#accounts) return this.#wanted
    const isWanted = (account: string) => own !== undefined && chooseGateway(account, candidates) === own
    this.#wanted = new Set(accounts.filter(isWanted))
    this.#accounts = accounts
    this.#members = text
    return this.#wanted
  }
}
