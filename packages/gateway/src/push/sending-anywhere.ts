/**
 * Messages of other programs, where several gateways share the accounts: each is stored by the gateway that serves its account.
 */

import type { SendReceipt } from '@moltbot/channel-sdk'
import { forecastAnswer, receiptAnswer } from '../api/answers.ts'
import { fileIsHere, type Peers } from '../cluster/peers.ts'
import type { SendingChannels } from './sending-channels.ts'

/** @param peers undefined where there is only this gateway */
export function sendingAnywhere(own: SendingChannels, peers: Peers | undefined): SendingChannels {
  if (peers === undefined) return own
  return {
    defaultAccountId: own.defaultAccountId,
    channelOf: (accountId) => own.channelOf(accountId),
    outcome: (accountId, id) => own.outcome(accountId, id), // From the store that all of them share.
    forecast: async (query) => {
      const holder = peers.holderOf(query.accountId)
      if (holder === undefined) return own.forecast(query)
      return forecastAnswer.parse(await peers.ask(holder, { route: 'forecast', input: query }))
    },
    /** @throws also `not-from-here` */
    send: async (request): Promise<SendReceipt> => {
      const holder = peers.holderOf(request.accountId)
      if (holder === undefined) return own.send(request)
      const { media, ...push } = request
      if (media !== undefined) throw fileIsHere(holder)
      return receiptAnswer.parse(await peers.ask(holder, { push }))
    },
  }
}
