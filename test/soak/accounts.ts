/**
 * The accounts of a soak with the people who write to them. They are on steered mocks in the gateway's process, on the same
 * mock in child processes, and on the iLink simulator.
 */

import { type MockWorld, startMockWorld } from '../../extensions/wechat/test/mock-world.ts'
import { bot, person, type Report, type Said } from '../../extensions/wechat/test/mock-world-messages.ts'
import type { Backend } from '../support/backend.ts'
import { steeredInChild, steeredInProcess } from '../support/steered.ts'
import type { Ledger } from './ledger.ts'
import { questionOf, type Wish } from './wishes.ts'

/** `blocks` is `mock` with an agent that answers in blocks. */
export type Kind = 'mock' | 'blocks' | 'child' | 'ilink'

/** One message of a person, and what comes with it. */
export interface Letter {
  readonly wish: Wish
  /** It answers to an earlier message. */
  readonly quotes: boolean
  /** A file that comes before it. */
  readonly file?: 'picture' | 'document'
}

export interface SoakAccount {
  readonly id: string
  readonly kind: Kind
  /** In the configuration. */
  readonly settings: object
  readonly chats: readonly string[]
  /** @param chat one of `chats` */
  write(chat: string, letter: Letter): Promise<void>
  /** People talk in a chat without addressing the bot, where it is a group. */
  chatter(chat: string): void
}

export interface SteeredAccount extends SoakAccount {
  readonly world: MockWorld
  /** Hands over again what has not led to anything yet, as a backend does whose puppet was away. */
  repeat(): void
  close(): void
}

export interface ILinkAccount extends SoakAccount {
  readonly botId: string
}

/** Ids of files are above those of texts. */
const fileIds = 1_000_000_000
const quoted = 'what was said before'
/** The smallest PNG. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII='

const inBlocks = { streamMode: 'block', draftChunk: { minChars: 100, maxChars: 2_000 } }

/** @param document base64 of a Word file */
export async function steeredAccount(
  id: string,
  kind: Exclude<Kind, 'ilink'>,
  ledger: Ledger,
  document: string,
): Promise<SteeredAccount> {
  const chats = { direct: `${id}/direct`, group: `${id}/group` }
  const groupId = `o9Group-${id}@chatroom`
  const world = await startMockWorld((report) =>
    receive(report.to === groupId ? chats.group : chats.direct, report),
  )
  const receive = (chat: string, report: Report) =>
    'text' in report ? ledger.receiveText(chat, report.text) : ledger.receiveFile(chat, report.file.name)
  const untaken = new Map<number, readonly Said[]>()
  const say = (messages: readonly Said[]) => {
    for (const message of messages) world.order({ type: 'say', ...message })
  }
  let murmurs = 0
  world.logIn()
  return {
    id,
    kind,
    world,
    settings: {
      puppet: kind === 'child' ? steeredInChild : steeredInProcess,
      puppetOptions: { ...world.puppetOptions, groupId },
      ...(kind === 'blocks' && inBlocks),
    },
    chats: Object.values(chats),
    async write(chat, { wish, quotes, file }) {
      const number = ledger.owe(chat)
      const inGroup = chat === chats.group
      const question = questionOf({ number, wish })
      const text = inGroup ? `@${bot.name} ${question}` : question
      const messages: Said[] = [
        { id: `${number}`, text: quotes ? quoting(text) : text, ...(inGroup && { inGroup, mention: true }) },
      ]
      if (file !== undefined) messages.unshift({ ...fileMessage(file, number, document), inGroup })
      untaken.set(number, messages)
      say(messages)
    },
    chatter(chat) {
      murmurs += 1
      if (chat === chats.group) say([{ id: `${id}-${murmurs}`, text: `murmur ${murmurs}`, inGroup: true }])
    },
    repeat() {
      for (const [number, messages] of untaken) {
        if (ledger.isTaken(number)) untaken.delete(number)
        else say(messages)
      }
    },
    close: () => world.close(),
  }
}

function quoting(text: string): string {
  return `「${person.name}：${quoted}」\n- - - - - - - - - - - - - - -\n${text}`
}

function fileMessage(kind: 'picture' | 'document', number: number, document: string): Said {
  const id = `${fileIds + number}`
  if (kind === 'picture') return { id, text: '', picture }
  return { id, text: 'report.docx', file: { name: 'report.docx', base64: document } }
}

const peopleOnILink = ['o9Ann@im.wechat', 'o9Ben@im.wechat'] as const

/** @param document base64 of a Word file */
export async function iLinkAccount(
  id: string,
  ledger: Ledger,
  { control, puppetOptions }: Backend,
  document: string,
): Promise<ILinkAccount> {
  const { token, botId } = await control.account()
  const people = new Map(peopleOnILink.map((from) => [chatOnILink(id, from), from]))
  return {
    id,
    kind: 'ilink',
    botId,
    settings: { puppet: 'ilink', puppetOptions: { ...puppetOptions, token } },
    chats: [...people.keys()],
    async write(chat, { wish, quotes, file }) {
      const from = people.get(chat)
      if (from === undefined) throw new Error(`there is no chat ${chat}`)
      const number = ledger.owe(chat)
      if (file !== undefined) {
        const base64 = file === 'picture' ? picture : document
        const kind = file === 'picture' ? 'image' : 'file'
        const item = await control.media({ kind, base64, ...(kind === 'file' && { name: 'report.docx' }) })
        await control.inbound({ botId, from, item, messageId: `${fileIds + number}` })
      }
      const text = questionOf({ number, wish })
      await control.inbound({
        botId,
        from,
        text,
        messageId: `${number}`,
        ...(quotes && { quote: { text: quoted } }),
      })
    },
    chatter: () => undefined,
  }
}

/** The chat of a person with an account. */
export function chatOnILink(id: string, person: string): string {
  return `${id}/${person}`
}
