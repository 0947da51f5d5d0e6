/**
 * Reads the messages of one session: what each needs to know of the bot and its groups, asked once.
 */

import type { Message, Wechaty } from 'wechaty'
import type { InboundMessage } from '../model/message.ts'
import { capabilitiesOf } from '../puppets/capabilities.ts'
import { extrasOf } from '../puppets/extras.ts'
import type { GroupAliases } from './group-aliases.ts'
import { type Ignored, normalize } from './normalize.ts'

export type ReadMessage = (message: Message) => Promise<InboundMessage | Ignored>

export function messageReader(bot: Wechaty, accountId: string, aliases: GroupAliases): ReadMessage {
  const { puppet } = bot
  const context = {
    accountId,
    idStability: capabilitiesOf(puppet).idStability,
    extras: extrasOf(puppet),
    groupAlias: (roomId: string) => aliases.of(roomId),
    mentionIds: async (messageId: string) => {
      const payload = await puppet.messagePayload(messageId)
      return 'mentionIdList' in payload ? payload.mentionIdList : undefined
    },
  }
  return (message) => {
    const { id } = bot.currentUser
    const { ownerId } = capabilitiesOf(puppet)
    return normalize(message, { ...context, ownerId, bot: { id, name: bot.currentUser.name() } })
  }
}
