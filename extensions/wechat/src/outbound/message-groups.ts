/**
 * The group in which the parts of a message are stored that its sender has named.
 */

const prefix = 'send-'

export const groupOf = (messageId: string) => prefix + messageId

/** The name of the message whose group it is; undefined for a group of another kind. */
export function messageIdOf(groupId: string): string | undefined {
  return groupId.startsWith(prefix) ? groupId.slice(prefix.length) : undefined
}
