/**
 * Which account a command means: by `--account`, by `--channel`, or the default one.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import type { AccountAnswer } from '../api/answers.ts'
import type { GatewayClient } from '../control/client.ts'
import { english } from '../language/speech.ts'

export interface AccountChoice {
  readonly account?: string
  readonly channel?: string
}

/** @throws `account-unknown`, `account-needed`, `channel-unknown` */
export async function chosenAccount(
  gateway: GatewayClient,
  { account, channel }: AccountChoice,
): Promise<AccountAnswer> {
  const { accounts, defaultAccountId } = await gateway.call('status')
  if (accounts.length === 0) throw new MoltbotError('account-unknown', english('No account is configured.'))
  if (channel !== undefined) checkChannel(accounts, channel)
  const inChannel = accounts.filter((one) => channel === undefined || one.channel === channel)
  const wanted = account ?? defaultAccountId
  const [first, second] = inChannel.filter(({ accountId }) => wanted === undefined || accountId === wanted)
  const accountIds = inChannel.map(({ accountId }) => accountId).join(', ')
  if (first === undefined)
    throw new MoltbotError(
      'account-unknown',
      english('no such account; there is {accountIds}', { accountIds }),
    )
  if (second !== undefined)
    throw new MoltbotError(
      'account-needed',
      english('name an account with --account: {accountIds}', { accountIds }),
    )
  return first
}

/** @throws `channel-unknown` */
export async function requireChannel(gateway: GatewayClient, channel: string): Promise<void> {
  const { accounts } = await gateway.call('status')
  checkChannel(accounts, channel)
}

function checkChannel(accounts: readonly AccountAnswer[], channel: string): void {
  const channels = [...new Set(accounts.map((one) => one.channel))]
  if (channels.includes(channel)) return
  const message = english('no account is of the channel "{channel}"; there is {channels}', {
    channel,
    channels: channels.join(', ') || english('none'),
  })
  throw new MoltbotError('channel-unknown', message)
}
