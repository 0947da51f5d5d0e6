/**
 * Which of the logins that were found are taken over. A login belongs to one account: a token that two accounts poll loses
 * messages.
 */

import type { ImportedAccount } from '@moltbot/channel-sdk'

/** Far beyond any real use: a damaged folder does not fill the state. */
const maxImported = 1_000

export type Decision = Pick<ImportedAccount, 'status' | 'reason'>

/** @param here tokens of the accounts that have a login here, by account */
export function decide<Account extends { readonly accountId: string; readonly token: string }>(
  found: readonly Account[],
  here: ReadonlyMap<string, string>,
): (readonly [Account, Decision])[] {
  const ids = new Set<string>()
  const ownerOf = new Map([...here].map(([accountId, token]) => [token, accountId]))
  return found.map((account) => {
    const decision = decideOne(account, { here, ownerOf, ids })
    if (decision.status !== 'refused') {
      ids.add(account.accountId.toLowerCase())
      ownerOf.set(account.token, account.accountId)
    }
    return [account, decision]
  })
}

interface Known {
  readonly here: ReadonlyMap<string, string>
  /** Which account has a token. */
  readonly ownerOf: ReadonlyMap<string, string>
  /** Of the accounts that are taken or present, in lower case. */
  readonly ids: ReadonlySet<string>
}

function decideOne(
  { accountId, token }: { readonly accountId: string; readonly token: string },
  { here, ownerOf, ids }: Known,
): Decision {
  const owner = ownerOf.get(token)
  if (owner === accountId && !ids.has(accountId.toLowerCase())) return { status: 'present' }
  if (owner !== undefined) return { status: 'refused', reason: `account "${owner}" has this login already` }
  if (ids.has(accountId.toLowerCase())) {
    return { status: 'refused', reason: `another account that is taken over has the id "${accountId}"` }
  }
  if (here.has(accountId)) {
    const reason = `account "${accountId}" has another login here; log it out first: moltbot channels logout --account ${accountId}`
    return { status: 'refused', reason }
  }
  if (ids.size >= maxImported) return { status: 'refused', reason: `at most ${maxImported} accounts` }
  return { status: 'taken' }
}
