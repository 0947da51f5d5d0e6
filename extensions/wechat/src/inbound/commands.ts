/**
 * Runs the control commands. The policy has already decided that the message is a command and that its sender may give it.
 */

import type { AccountStatus, ChannelHost, Notice } from '@moltbot/channel-sdk'
import type { InboundMessage } from '../model/message.ts'
import {
  freshSessionNotice,
  helpNotice,
  nothingToStopNotice,
  type StatusFacts,
  statusNotice,
  stoppedNotice,
} from '../outbound/notices.ts'
import type { Command } from '../policy/commands.ts'

export interface CommandOptions {
  readonly channelId: string
  readonly host: Pick<ChannelHost, 'resetSession' | 'aboutSession'>
  /** Stops the turn that is running in a conversation; it is not run again. False: no turn is running. */
  readonly abortTurn: (conversation: InboundMessage['conversation']) => boolean
  /** Takes back what is not sent yet of the last answer in a conversation. False: there is nothing. */
  readonly takeBackAnswer: (conversation: InboundMessage['conversation']) => Promise<boolean>
  /** For `/status`: the account's state and its start. */
  readonly status: () => Pick<AccountStatus, 'state' | 'sinceMs'>
  /** For `/status`: messages that the backend still takes in a conversation; undefined: no limit. */
  readonly sendsLeft: (conversation: InboundMessage['conversation']) => Promise<number | undefined>
}

/** @returns the answer to the person */
export async function runCommand(
  command: Command,
  message: InboundMessage,
  options: CommandOptions,
): Promise<Notice> {
  const { channelId, host, abortTurn, takeBackAnswer } = options
  const { accountId, conversation, sender } = message
  switch (command) {
    case 'help':
      return helpNotice
    case 'status':
      return statusNotice(await factsOf(message, options))
    case 'new':
      abortTurn(conversation)
      await host.resetSession({ channelId, accountId, conversation, sender })
      return freshSessionNotice
    case 'stop': {
      const isRunning = abortTurn(conversation)
      const isTakenBack = await takeBackAnswer(conversation)
      return isRunning || isTakenBack ? stoppedNotice : nothingToStopNotice
    }
  }
}

/** The state of the account is told even where the rest cannot be. */
async function factsOf(message: InboundMessage, options: CommandOptions): Promise<StatusFacts> {
  const { accountId, conversation, sender } = message
  const { channelId, host, status, sendsLeft } = options
  const [session, left] = await Promise.all([
    host.aboutSession?.({ channelId, accountId, conversation, sender }).catch(() => undefined),
    sendsLeft(conversation).catch(() => undefined),
  ])
  const { state, sinceMs } = status()
  // This answer is one of them.
  return { state, sinceMs, ...session, sendsLeft: left === undefined ? undefined : Math.max(0, left - 1) }
}
