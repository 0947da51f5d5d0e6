/**
 * A user of an account with a hosted mock, who writes to the bot and in one group, and receives its messages.
 */

import { EventEmitter } from 'node:events'
import { types } from 'wechaty-puppet'
import type { mock } from 'wechaty-puppet-mock'
import { type HostedMock, startHostedMock } from './hosted-mock.ts'

export interface HostedPersonOptions {
  readonly botId: string
  readonly person: { readonly id: string; readonly name: string }
  /** `topic` is the name of the group. */
  readonly group: { readonly id: string; readonly topic: string }
}

export interface HostedPerson {
  readonly puppetOptions: HostedMock['puppetOptions']
  logIn(): void
  say(messageId: string, text: string): void
  /** `toBot`: with a mention of the bot. */
  sayInGroup(messageId: string, text: string, options?: { readonly toBot: boolean }): void
  /** Messages of the bot to the user and in the group, oldest first. */
  readonly heard: readonly string[]
  readonly heardInGroup: readonly string[]
  close(): Promise<void>
}

export async function startHostedPerson(options: HostedPersonOptions): Promise<HostedPerson> {
  const { mocker, puppetOptions, close } = await startHostedMock()
  const bot = mocker.createContact({ id: options.botId, name: 'Bot' })
  const person = mocker.createContact(options.person)
  const group = mocker.createRoom({ ...options.group, memberIdList: [bot.id, person.id] })
  const heard: string[] = []
  const heardInGroup: string[] = []
  // The types of the mock lack its event methods.
  Reflect.apply(EventEmitter.prototype.on, bot, [
    'message',
    (message: mock.MessageMock) => {
      if (message.talker().id !== bot.id) return
      const list = message.room() === undefined ? heard : heardInGroup
      list.push(message.text() ?? '')
    },
  ])
  const tell = (
    id: string,
    text: string,
    to: { listenerId: string } | { roomId: string; mentionIdList: string[] },
  ) => {
    const message = { id, text, talkerId: person.id, timestamp: Date.now(), type: types.Message.Text }
    mocker.MessageMock.create({ ...message, ...to })
    mocker.puppet.emit('message', { messageId: id })
  }
  return {
    puppetOptions,
    logIn: () => mocker.login(bot),
    say: (messageId, text) => tell(messageId, text, { listenerId: bot.id }),
    sayInGroup: (messageId, text, { toBot } = { toBot: false }) =>
      tell(messageId, text, { roomId: group.id, mentionIdList: toBot ? [bot.id] : [] }),
    heard,
    heardInGroup,
    close,
  }
}
