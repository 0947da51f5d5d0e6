/**
 * Control commands. A command is a message that consists of the command alone. The policy admits the sender before the
 * message is checked for a command, and an admitted sender is not necessarily allowed to give commands.
 */

import type { IdList, ResolvedAccount } from '../config/resolve.ts'
import type { MessageFacts, Person } from './facts.ts'
import { matchPerson } from './people.ts'

export const commands = ['help', 'new', 'status', 'stop'] as const
export type Command = (typeof commands)[number]

/** How far the full-width form of an ASCII character is from it. */
const fullWidthOffset = 0xfee0
/** Each letter in its usual and in its full-width form, which Chinese keyboards write: `／ｓｔａｔｕｓ` is `/status`. */
const spellings = commands.map(
  (command) => `(?<${command}>${Array.from(`/${command}`, eitherWidth).join('')})`,
)
const named = new RegExp(spellings.join('|'), 'iu')
const ignored = String.raw`[\s\p{Default_Ignorable_Code_Point}]*`
const alone = new RegExp(`^${ignored}(?:${spellings.join('|')})${ignored}$`, 'iu')

function eitherWidth(character: string): string {
  return `[${character}${String.fromCodePoint(character.charCodeAt(0) + fullWidthOffset)}]`
}

/** A fast check that rules out nearly every message. */
export function namesCommand(text: string): boolean {
  return named.test(text)
}

/** @param text without the mention. White space and invisible marks around the command, its case and width are ignored. */
export function parseCommand(text: string): Command | undefined {
  const found = alone.exec(text)?.groups
  return found && commands.find((command) => found[command] !== undefined)
}

/**
 * In a direct chat, the owner, approved senders and senders in `allowFrom` by id may give commands. `"*"` and `open` give
 * no permission.
 */
export function mayCommandDirect(
  { allowFrom }: Pick<ResolvedAccount, 'allowFrom'>,
  facts: MessageFacts,
): boolean {
  return facts.approved || facts.senderId === facts.ownerId || matchPerson(allowFrom, facts) !== undefined
}

/**
 * In a group, senders that `allowFrom` lists by id may give commands. A group that listens to every user accepts commands
 * from none. Approvals and the owner have no effect, because no permission of direct chats applies to groups.
 */
export function mayCommandGroup(allowFrom: IdList | undefined, person: Person): boolean {
  return allowFrom !== undefined && matchPerson(allowFrom, person) !== undefined
}
