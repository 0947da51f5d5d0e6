// Which bot belongs to which user, and which token speaks for it. One WeChat user has one live bot.

import { newBotId, newBotToken, newUserId } from '../ids.ts'
import type { JsonObject } from '../json.ts'
import { maxBots, maxConversationsPerBot, maxQuotable } from '../limits.ts'
import { setCapped } from './capped.ts'
import { type Conversation, newConversation } from './conversations.ts'
import { Mailbox } from './mailbox.ts'

/** What was said, for a later message that quotes it. */
export type Said = { item: JsonObject; atMs: number }

export type Bot = {
  botId: string
  /** The one WeChat user who scanned for this bot. */
  userId: string
  token: string
  /** When the token stops being good; `undefined` while it is. */
  staleAtMs: number | undefined
  mailbox: Mailbox
  conversations: Map<string, Conversation>
  /** Messages accepted by `client_id`. */
  sentIds: Map<string, bigint>
  said: Map<string, Said>
  /** End of the cool-down of the profile `rate-penalty`. */
  penaltyUntilMs: number | undefined
  /** Messages that the profile `push-budget` counts. */
  pushedAtMs: number[]
}

export type Binding = Pick<Bot, 'botId' | 'token' | 'userId'>

export class Bots {
  readonly #byId = new Map<string, Bot>()
  readonly #byToken = new Map<string, Bot>()

  all(): Iterable<Bot> {
    return this.#byId.values()
  }

  byId(botId: string): Bot | undefined {
    return this.#byId.get(botId)
  }

  /** The bot that this token speaks for, unless the token is stale. */
  byToken(token: string, nowMs: number): Bot | undefined {
    const bot = this.#byToken.get(token)
    return bot && isLive(bot, nowMs) ? bot : undefined
  }

  /** Binds a bot to a user; the user's other bots lose their tokens at `othersStaleAtMs`. */
  bind(wish: { botId?: string | undefined; userId?: string | undefined }, othersStaleAtMs: number): Bot {
    const userId = wish.userId ?? newUserId()
    for (const other of this.#byId.values()) if (other.userId === userId) this.expire(other, othersStaleAtMs)
    const bot = this.#renewed(wish.botId, userId) ?? newBot(wish.botId ?? newBotId(), userId)
    setCapped(this.#byId, bot.botId, bot, maxBots)
    setCapped(this.#byToken, bot.token, bot, maxBots)
    return bot
  }

  /** Makes the bot's token stale and wakes its polls, which then answer -14. */
  expire(bot: Bot, atMs: number): void {
    bot.staleAtMs = Math.min(bot.staleAtMs ?? atMs, atMs)
    bot.mailbox.waiters.wakeAll()
  }

  #renewed(botId: string | undefined, userId: string): Bot | undefined {
    const bot = botId === undefined ? undefined : this.#byId.get(botId)
    if (!bot) return undefined
    this.#byToken.delete(bot.token)
    bot.mailbox.waiters.wakeAll()
    return Object.assign(bot, { userId, token: newBotToken(bot.botId), staleAtMs: undefined })
  }
}

function isLive(bot: Bot, nowMs: number): boolean {
  return bot.staleAtMs === undefined || nowMs < bot.staleAtMs
}

export function bindingOf({ botId, token, userId }: Bot): Binding {
  return { botId, token, userId }
}

/** The bot's conversation with a user, begun when there is none. */
export function conversationWith(bot: Bot, userId: string): Conversation {
  const known = bot.conversations.get(userId)
  if (known) return known
  const begun = newConversation(userId)
  setCapped(bot.conversations, userId, begun, maxConversationsPerBot)
  return begun
}

export function rememberSaid(bot: Bot, messageId: bigint, said: Said): void {
  setCapped(bot.said, `${messageId}`, said, maxQuotable)
}

function newBot(botId: string, userId: string): Bot {
  return {
    botId,
    userId,
    token: newBotToken(botId),
    staleAtMs: undefined,
    mailbox: new Mailbox(),
    conversations: new Map([[userId, newConversation(userId)]]),
    sentIds: new Map(),
    said: new Map(),
    penaltyUntilMs: undefined,
    pushedAtMs: [],
  }
}
