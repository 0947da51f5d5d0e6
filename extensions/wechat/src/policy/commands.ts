/**
 * Control commands: a message that is one and nothing else. The policy has admitted its sender before anybody looks
 * for a command, and being admitted is not enough to give one.
 */

import type { IdList, ResolvedAccount } from '../config/resolve.ts'
import type { MessageFacts, Person } from './facts.ts'
import { matchPerson } from './people.ts'

export const commands = ['help', 'new', 'status', 'stop'] as const
export type Command = (typeof commands)[number]

const named = new RegExp(`/(?:${commands.join('|')})`, 'iu')

/** Whether it is worth a closer look: nearly every message is told apart by this. */
export function namesCommand(text: string): boolean {
  return named.test(text)
}

/** @param text without the mention; white space around the command and its case do not matter. */
export function parseCommand(text: string): Command | undefined {
  const said = text.trim().toLowerCase()
  return commands.find((command) => said === `/${command}`)
}

/** In a direct chat: the owner, who was approved, and who stands in `allowFrom` by id. `"*"` and `open` trust nobody. */
export function mayCommandDirect(
  { allowFrom }: Pick<ResolvedAccount, 'allowFrom'>,
  facts: MessageFacts,
): boolean {
  return facts.approved || facts.senderId === facts.ownerId || matchPerson(allowFrom, facts) !== undefined
}

/**
 * In a group: who stands by id in the list that admits its senders. A group that hears everybody obeys nobody, and
 * neither approvals nor the owner count, as nothing of direct chats does.
 */
export function mayCommandGroup(allowFrom: IdList | undefined, person: Person): boolean {
  return allowFrom !== undefined && matchPerson(allowFrom, person) !== undefined
}
