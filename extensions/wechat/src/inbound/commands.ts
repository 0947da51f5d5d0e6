/**
 * Runs the control commands. The policy has already decided that the message is a command and that its sender may give it.
 */

import type { ChannelHost, Notice } from '@moltbot/channel-sdk'
import type { InboundMessage } from '../model/message.ts'
import {
  freshSessionNotice,
  helpNotice,
  nothingToStopNotice,
  statusNotice,
  stoppedNotice,
} from '../outbound/notices.ts'
import type { Command } from '../policy/commands.ts'

export interface CommandOptions {
  readonly channelId: string
  readonly host: Pick<ChannelHost, 'resetSession'>
  /** Stops the turn that is running in a conversation; it is not run again. False: no turn is running. */
  readonly abortTurn: (conversation: InboundMessage['conversation']) => boolean
  /** Takes back what is not sent yet of the last answer in a conversation. False: there is nothing. */
  readonly takeBackAnswer: (conversation: InboundMessage['conversation']) => Promise<boolean>
  /** For `/status`: the account's state and its start. */
  readonly status: () => { readonly state: string; readonly sinceMs: number }
}

/** @returns the answer to the person */
export async function runCommand(
  command: Command,
  message: InboundMessage,
  { channelId, host, abortTurn, takeBackAnswer, status }: CommandOptions,
): Promise<Notice> {
  const { accountId, conversation, sender } = message
  switch (command) {
    case 'help':
      return helpNotice
    case 'status':
      return statusNotice(status())
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
