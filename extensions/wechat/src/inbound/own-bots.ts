/**
 * The ids under which the accounts of this channel are logged in. Each account needs those of the others: two bots in one
 * group, or in a chat with each other, would answer each other without end.
 */

export class OwnBots {
  /** By account. An id is known until the account logs in with another one or is removed. */
  readonly #ids = new Map<string, string>()

  note(accountId: string, botId: string): void {
    this.#ids.set(accountId, botId)
  }

  forget(accountId: string): void {
    this.#ids.delete(accountId)
  }

  /** The account that is logged in with this id. */
  accountOf(botId: string): string | undefined {
    for (const [accountId, id] of this.#ids) if (id === botId && botId !== '') return accountId
    return undefined
  }
}
