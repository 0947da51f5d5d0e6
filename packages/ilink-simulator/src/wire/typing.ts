// getconfig gives the ticket with which sendtyping shows "typing" on the phone.

import { numberAt, textAt } from '../json.ts'
import { answer, type BotHandler, invalidArguments, refuse } from './call.ts'

export const getConfig: BotHandler = ({ body }, bot) => {
  const conversation = bot.conversations.get(textAt(body, 'ilink_user_id'))
  if (conversation?.lastHeardMs === undefined)
    return refuse({ ret: -4, errmsg: 'GetTypingTicket rpc failed' })
  return answer({ ret: 0, typing_ticket: conversation.typingTicket })
}

/** Needs no context token and works outside the window, too. */
export const sendTyping: BotHandler = ({ body }, bot) => {
  const conversation = bot.conversations.get(textAt(body, 'ilink_user_id'))
  const status = numberAt(body, 'status')
  const isKnown = conversation && textAt(body, 'typing_ticket') === conversation.typingTicket
  if (!isKnown || (status !== 1 && status !== 2)) return refuse(invalidArguments)
  conversation.isTyping = status === 1
  return answer({ ret: 0 })
}
