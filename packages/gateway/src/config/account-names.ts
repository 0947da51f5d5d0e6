/**
 * The accounts that a configuration names, for messages.
 */

/** `channel/account` of every account: by the family's convention the keys of `accounts`, else one, `default`. */
export function accountNames(channels: ReadonlyMap<string, unknown>): string[] {
  return [...channels].flatMap(([id, value]) => {
    const accounts: unknown = Object(value).accounts
    const ids = typeof accounts === 'object' && accounts !== null ? Object.keys(accounts) : ['default']
    return ids.map((account) => `${id}/${account}`)
  })
}
