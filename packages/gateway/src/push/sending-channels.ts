/**
 * What pushes and the MCP server need of the channels.
 */

import type {
  ForecastQuery,
  ReceivedPage,
  ReceivedQuery,
  SendForecast,
  SendOutcome,
  SendReceipt,
  SendRequest,
} from '@moltbot/channel-sdk'

export interface SendingChannels {
  /** Undefined where no account is the default one. */
  readonly defaultAccountId: string | undefined
  /** The id of the channel of an account. @throws `account-unknown` */
  channelOf(accountId: string): string
  send(request: SendRequest): Promise<SendReceipt>
  forecast(query: ForecastQuery): Promise<SendForecast>
  /** @throws `account-unknown` */
  outcome(accountId: string, id: string): Promise<SendOutcome | undefined>
}

export interface ReadingChannels {
  readonly defaultAccountId: string | undefined
  /** Of the default account where none is named. @throws `account-needed`, `account-unknown` */
  received(
    query: Omit<ReceivedQuery, 'accountId' | 'before'> & { readonly accountId?: string | undefined },
  ): Promise<ReceivedPage>
}
