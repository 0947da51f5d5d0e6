import type { Conversation } from '@moltbot/channel-sdk'

/** One text for each conversation of an account, for maps. */
export function conversationKey({ kind, id }: Conversation): string {
  return `${kind}:${id}`
}
