/**
 * A chat with one account, for the tests that read like the manual: people write, and tests look at what the agent gets
 * and what is sent. Store, gate, lanes, turns and outbox are real. The backend accepts everything.
 */

import type { Turn } from '@moltbot/channel-sdk'
import type { AccountLink } from '../src/model/link.ts'
import type { InboundMessage } from '../src/model/message.ts'
import { easyLink, type Flow, type FlowOptions, startFlow } from './flow.ts'
import { type TestHost, testHost } from './host.ts'
import { accountOf } from './policy.ts'
import { alice, eventually, messageFrom } from './samples.ts'

export const room = 'R1@chatroom'
const patienceMs = 20_000

export interface Chat {
  readonly host: TestHost
  readonly flow: Flow
  /** Texts that were sent, in order; a file as `file:` and its name. */
  readonly sent: string[]
  /** Typing was shown (true) or ended, in order. */
  readonly typing: boolean[]
  /** Alice writes in a direct chat. */
  write(text: string, changes?: Partial<InboundMessage>): Promise<void>
  /** Alice writes in the group. */
  post(text: string, changes?: Partial<InboundMessage>): Promise<void>
  /** Resolves when every message was decided on, and all answers are sent. */
  rest(): Promise<void>
  /** The latest turn that the agent was given. */
  turn(): Turn
  close(): Promise<void>
}

export interface ChatOptions {
  readonly host?: TestHost
  readonly link?: Partial<AccountLink>
  readonly shape?: FlowOptions['shape']
}

let written = 0

/** @param config the value of `channels.wechat` */
export async function openChat(config: object = {}, options: ChatOptions = {}): Promise<Chat> {
  const { host = testHost(), shape } = options
  const sent: string[] = []
  const typing: boolean[] = []
  const link = easyLink({
    sendText: async (_conversation, { text }) => {
      sent.push(text)
    },
    sendFile: async (_conversation, { name }) => {
      sent.push(`file:${name}`)
    },
    typing: async (_conversation, on) => {
      typing.push(on)
    },
    ...options.link,
  })
  const account = accountOf(config)
  const flow = await startFlow({ account, host, link, ...(shape !== undefined && { shape }) })
  const write = (text: string, changes: Partial<InboundMessage> = {}) =>
    flow.inbox.accept(messageFrom(alice, `m${written++}`, { text, ...changes }))
  return {
    host,
    flow,
    sent,
    typing,
    write,
    post: (text, changes) => write(text, { conversation: { kind: 'group', id: room }, ...changes }),
    rest: () => eventually(() => atRest(flow), patienceMs),
    turn() {
      const latest = host.turns.at(-1)
      if (latest === undefined) throw new Error('the agent was given no turn')
      return latest
    },
    close: () => flow.stop(),
  }
}

async function atRest({ inbox, store, lanes, outbox }: Flow): Promise<void> {
  const unanswered = await store.conversationsToAnswer()
  const busy = inbox.busy + unanswered.length + lanes.busy + outbox.busy
  if (busy > 0) throw new Error(`${busy} things are still to be done`)
}
