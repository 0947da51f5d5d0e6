/**
 * A bot on puppet-mock behind a real puppet service, and everything that it shows to people.
 */

import { type payloads, types } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { type HostedMock, startHostedMock } from '../../support/hosted-mock.ts'
import type { Chat, SentFile, Shown } from './world.ts'

export interface HostedBot {
  readonly puppetOptions: HostedMock['puppetOptions']
  chat(person: string): Chat
  /** A group with these members besides the bot. Called again with the same id: the same group. */
  group(id: string, members: readonly string[]): Group
  /** Emits the latest message again, as a service does that is unsure whether it was received. */
  repeat(): void
  /** Shows the next message to people, but never confirms it to the gateway. */
  hang(): void
  close(): Promise<void>
}

export interface Group {
  say(from: string, text: string, options?: { readonly mentions?: boolean }): void
  shown(): readonly Shown[]
}

export async function startHostedBot(accountId: string): Promise<HostedBot> {
  const puppet = new ShowingPuppet({ mocker: new mock.Mocker() })
  const bot = { id: `bot-of-${accountId}`, name: 'Bot' }
  const { mocker, puppetOptions, close } = await startHostedMock({ puppet, bot })
  let count = 0
  const latestId = () => `${accountId}-${count}`
  const repeat = () => void mocker.puppet.emit('message', { messageId: latestId() })
  const meet = (id: string) => {
    if (!mocker.cacheContactPayload.has(id)) mocker.createContact({ id, name: id })
  }
  type Content = Partial<payloads.Message> & ({ listenerId: string } | { roomId: string })
  const emit = (talkerId: string, message: Content, file?: SentFile) => {
    meet(talkerId)
    count += 1
    const id = latestId()
    if (file !== undefined) mocker.cacheFileBoxPayload.set(id, boxOf(file))
    const common = { id, talkerId, timestamp: Date.now(), type: types.Message.Text }
    mocker.MessageMock.create({ ...common, ...message })
    repeat()
  }
  const toBot = { listenerId: bot.id }
  return {
    puppetOptions,
    repeat,
    hang: () => puppet.hang(),
    close,
    chat: (peer) => ({
      accountId,
      peer,
      say: async (text) => emit(peer, { text, ...toBot }),
      send: async (file) => emit(peer, { ...toBot, text: '', type: typeOf(file) }, file),
      shown: async () => puppet.shownTo(peer),
    }),
    group: (roomId, members) => {
      for (const member of members) meet(member)
      const memberIdList = [bot.id, ...members]
      if (!mocker.cacheRoomPayload.has(roomId)) mocker.createRoom({ id: roomId, topic: roomId, memberIdList })
      return {
        say: (from, text, { mentions = true } = {}) =>
          emit(from, { text, roomId, mentionIdList: mentions ? [bot.id] : [] }),
        shown: () => puppet.shownTo(roomId),
      }
    },
  }
}

class ShowingPuppet extends PuppetMock {
  readonly #sent: { to: string; shown: Shown }[] = []
  #hangs = false

  shownTo(conversation: string): Shown[] {
    return this.#sent.flatMap(({ to, shown }) => (to === conversation ? [shown] : []))
  }

  hang(): void {
    this.#hangs = true
  }

  override async messageSendText(to: string, text: string): Promise<void> {
    this.#sent.push({ to, shown: { text } })
    if (!this.#hangs) return
    this.#hangs = false
    await new Promise(() => {})
  }

  override async messageSendFile(...[to, file]: Parameters<PuppetMock['messageSendFile']>): Promise<void> {
    const { length } = await file.toBuffer()
    this.#sent.push({ to, shown: { file: file.name, bytes: length } })
  }
}

function typeOf({ kind }: SentFile): types.Message {
  return kind === 'image' ? types.Message.Image : types.Message.Attachment
}

/** A `FileBox` as JSON; 1 is its type for base64. */
function boxOf({ base64, name }: SentFile) {
  return { boxType: 1, base64, name, metadata: {} }
}
