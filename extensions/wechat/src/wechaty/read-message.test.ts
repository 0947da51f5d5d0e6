import { describe, expect, it } from 'vitest'
import { type payloads, types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { protocol } from '../../test/protocol-samples.ts'
import { stateCapabilities } from '../puppets/capabilities.ts'
import { LookedUpNames } from './bot-names.ts'
import { Contacts } from './contacts.ts'
import { readMessage } from './read-message.ts'

const bot = 'bot'
const group = 'R1@chatroom'

interface World {
  readonly payload: object
  readonly contacts?: Readonly<Record<string, Partial<payloads.Contact>>>
  readonly members?: object
}

/** Reads the one message of a puppet that delivers this. */
function read({ payload, contacts = {}, members = {} }: World, botId: string | undefined = bot) {
  const puppet = Object.assign(new PuppetMock(), {
    messagePayload: async () => payload,
    contactPayload: async (id: string) => ({
      id,
      name: id === bot ? 'Bot' : 'Ann',
      type: types.Contact.Individual,
      ...contacts[id],
    }),
    ...members,
  })
  stateCapabilities(puppet, { idStability: 'session' })
  const now = () => 0
  const aliases = new LookedUpNames(async () => 'Helper', now)
  const names = new LookedUpNames(async () => 'Bot', now)
  const senders = new Contacts(puppet, now)
  return readMessage({ puppet, aliases, names, contacts: senders, accountId: 'default' }, 'm1', botId)
}

const text = {
  talkerId: 'ann',
  listenerId: bot,
  text: 'hello',
  type: types.Message.Text,
  timestamp: 1_700_000_000,
}

describe('a message', () => {
  it('of a person is read with its sender and the bot', async () => {
    expect(await read({ payload: text, contacts: { ann: { alias: 'Sister' } } })).toEqual({
      accountId: 'default',
      id: 'm1',
      conversation: { kind: 'direct', id: 'ann' },
      sender: { id: 'ann', label: 'Ann', alias: 'Sister' },
      bot: { id: bot, name: 'Bot' },
      idStability: 'session',
      kind: 'text',
      text: 'hello',
      timestampMs: 1_700_000_000_000,
    })
  })

  it('of a group has the mentions of the backend and the name of the bot there', async () => {
    const payload = { ...text, roomId: group, mentionIdList: [bot] }
    expect(await read({ payload })).toMatchObject({
      conversation: { kind: 'group', id: group },
      mentionIds: [bot],
      bot: { groupAlias: 'Helper' },
    })
  })

  it('of an older puppet names its sender fromId, and may be dated in milliseconds', async () => {
    const payload = { ...text, talkerId: undefined, fromId: 'ann', timestamp: 1_700_000_000_000 }
    expect(await read({ payload })).toMatchObject({ sender: { id: 'ann' }, timestampMs: 1_700_000_000_000 })
  })

  it('without a text is named by its kind', async () => {
    const payload = { ...text, text: undefined, type: types.Message.Audio }
    expect(await read({ payload })).toMatchObject({ kind: 'voice', text: '[voice]' })
  })

  it('quotes what the puppet knows', async () => {
    const messageQuote = async () => ({ text: 'yes', talkerId: bot })
    expect(await read({ payload: text, members: { messageQuote } })).toMatchObject({
      quote: { text: 'yes', fromBot: true },
    })
  })

  it.each(['Bot', 'Helper', 'Ann'])(
    'does not take the name in a quote that is typed for who wrote it: %s',
    async (name) => {
      const written = `「${name}：yes」\n${'- '.repeat(10)}\nthanks`
      expect(await read({ payload: { ...text, roomId: group, text: written } })).toMatchObject({
        text: 'thanks',
        quote: { text: 'yes', fromBot: false, senderLabel: name },
      })
    },
  )

  it.each([
    ['the bot, in a message that is no text', bot, types.Message.Unknown, true],
    ['the bot, in a text that anyone could type', bot, types.Message.Text, false],
    ['somebody else', 'ben', types.Message.Unknown, false],
  ])('quotes what the XML of the protocol says of %s', async (_, author, type, fromBot) => {
    const quoting = protocol.quote.replace('<chatusr>bot<', `<chatusr>${author}<`)
    expect(await read({ payload: { ...text, roomId: group, type, text: quoting } })).toMatchObject({
      text: '谢谢',
      quote: { text: '好的', fromBot, senderLabel: '小助手' },
    })
  })

  it('that a person wrote nothing with is marked', async () => {
    const payload = { ...text, type: types.Message.Audio, text: protocol.voice }
    expect(await read({ payload })).toMatchObject({ kind: 'voice', text: '[voice]', isBare: true })
    expect(await read({ payload: { ...payload, text: 'hi' } })).not.toHaveProperty('isBare')
  })

  it.each([
    ['self', { ...text, talkerId: bot }, {}],
    ['system', { ...text, type: types.Message.Recalled }, {}],
    ['system', { ...text, type: types.Message.Unknown, text: 'You pinned a chat' }, {}],
    ['system', { ...text, text: '你已添加了Ann，现在可以开始聊天了。' }, {}],
    ['system', { ...text, roomId: group, talkerId: '', text: '"Ann"邀请"Ben"加入了群聊' }, {}],
    ['system', { ...text, roomId: group, talkerId: group, text: 'Ann is the owner now' }, {}],
    ['not-a-person', text, { ann: { type: types.Contact.Official } }],
    ['not-a-person', { ...text, talkerId: 'weixin' }, {}],
    ['not-a-person', { ...text, talkerId: 'gh_3dfda90e39d6' }, {}],
  ])('is ignored: %s', async (why, payload, contacts) => {
    expect(await read({ payload, contacts })).toBe(why)
  })

  it.each([
    ['no sender', { ...text, talkerId: '' }],
    ['no date', { ...text, timestamp: Number.NaN }],
    ['a text that is none', { ...text, text: 7 }],
    ['nothing', null],
  ])('with %s is malformed', async (_, payload) => {
    await expect(read({ payload: payload ?? {} })).rejects.toMatchObject({ code: 'message-malformed' })
  })
})

it.each([undefined, group])(
  'needs neither the sender nor the bot as a contact, nor an alias (%s)',
  async (roomId) => {
    const contactPayload = () => Promise.reject(new Error('no such contact'))
    const message = await read({ payload: { ...text, roomId }, members: { contactPayload } })
    expect(message).toMatchObject({ text: 'hello', sender: { id: 'ann' } })
    expect(message).not.toHaveProperty('sender.label')
  },
)

it('a group is not asked for its members', async () => {
  const roomMemberList = () => Promise.reject(new Error('a thousand members'))
  const roomPayload = roomMemberList
  expect(
    await read({ payload: { ...text, roomId: group }, members: { roomMemberList, roomPayload } }),
  ).toMatchObject({
    text: 'hello',
  })
})
