/**
 * A direct chat with a bot on the simulated iLink.
 */

import { type Backend, textOf } from '../../support/backend.ts'
import type { Chat } from './world.ts'

export interface ILinkChat {
  readonly accountId: string
  readonly botId: string
  readonly peer: string
}

export function iLinkChat({ control }: Backend, { accountId, botId, peer }: ILinkChat): Chat {
  return {
    accountId,
    peer,
    say: async (text) => void (await control.inbound({ botId, from: peer, text })),
    send: async (file) => {
      const item = await control.media(file)
      await control.inbound({ botId, from: peer, item })
    },
    shown: async () => {
      const sent = await control.sent({ botId })
      return sent
        .filter(({ to }) => to === peer)
        .map(({ items, media }) =>
          media === undefined
            ? { text: textOf(items) }
            : { file: media.name ?? media.kind, bytes: media.size },
        )
    },
  }
}
