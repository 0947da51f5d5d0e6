// One request of the bot API as its handler sees it, and what a handler may answer.

import { type JsonObject, wireText } from '../json.ts'
import type { Bot } from '../state/bots.ts'
import type { Refusal } from '../state/conversations.ts'
import type { Endpoint, Fault } from '../state/faults.ts'
import type { Recorded, World } from '../state/world.ts'

export type Call = {
  world: World
  endpoint: Endpoint
  query: URLSearchParams
  body: JsonObject
  /** The recording of this request; handlers add violations to it. */
  record: Recorded
  /** Aborts when the client has hung up. */
  gone: AbortSignal
}

export type Outcome =
  | {
      kind: 'answer'
      text: string /** Called when the answer did not reach the socket. */
      undo?: () => void
    }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'gone' }

export type Handler = (call: Call) => Outcome | Promise<Outcome>
export type BotHandler = (call: Call, bot: Bot) => Outcome | Promise<Outcome>

export function answer(body: object): Outcome {
  return { kind: 'answer', text: wireText(body) }
}

export function refuse(refusal: Refusal): Outcome {
  return answer(refusal)
}

export const invalidArguments: Refusal = { ret: -3, errmsg: 'invalid arguments' }

/** -14, in the field that the settings name. */
export function staleSession({ settings }: World): Outcome {
  const errmsg = 'session timeout'
  if (settings.staleField === 'errcode') return answer({ errcode: -14, errmsg })
  if (settings.staleField === 'ret') return answer({ ret: -14, errmsg })
  return answer({ ret: -14, errcode: -14, errmsg })
}

/** Runs a handler for the bot whose token the request carries; any other request gets what the service would say. */
export function forBot(handler: BotHandler): Handler {
  return (call) => {
    const token = bearerOf(call.record)
    if (token === '') return refuse(invalidArguments)
    const bot = call.world.bots.byToken(token, call.world.clock.now())
    if (!bot) return staleSession(call.world)
    call.record.botId = bot.botId
    return handler(call, bot)
  }
}

function bearerOf(record: Recorded): string {
  const [, token = ''] = /^Bearer (.*)$/.exec(record.headers.authorization ?? '') ?? []
  return token.trim()
}
