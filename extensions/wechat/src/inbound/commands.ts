/**
 * Carries out the control commands. Policy has decided before that the message is one and that its sender may give it.
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
import type { Lanes } from '../turns/lanes.ts'

export interface CommandOptions {
  readonly channelId: string
  readonly host: Pick<ChannelHost, 'resetSession'>
  readonly lanes: Pick<Lanes, 'abort'>
  /** For `/status`: how long the account has been in its state, and which. */
  readonly status: () => { readonly state: string; readonly sinceMs: number }
}

/** @returns what the person is told */
export async function carryOut(
  command: Command,
  message: InboundMessage,
  { channelId, host, lanes, status }: CommandOptions,
): Promise<Notice> {
  const { accountId, conversation, sender } = message
  switch (command) {
    case 'help':
      return helpNotice
    case 'status':
      return statusNotice(status())
    case 'new':
      lanes.abort(conversation)
      await host.resetSession({ channelId, accountId, conversation, sender })
      return freshSessionNotice
    case 'stop':
      return lanes.abort(conversation) ? stoppedNotice : nothingToStopNotice
  }
}
