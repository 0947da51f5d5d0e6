import { describe, expect, it } from 'vitest'
import { type payloads, types } from 'wechaty-puppet'
import { PuppetMock } from 'wechaty-puppet-mock'
import { stateCapabilities } from '../puppets/capabilities.ts'
import { GroupAliases } from './group-aliases.ts'
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
  const aliases = new GroupAliases(
    async () => 'Helper',
    () => 0,
  )
  return readMessage({ puppet, aliases, accountId: 'default' }, 'm1', botId)
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

  it('quotes what the puppet knows, or what its text quotes', async () => {
    const messageQuote = async () => ({ text: 'yes', talkerId: bot })
    expect(await read({ payload: text, members: { messageQuote } })).toMatchObject({
      quote: { text: 'yes', fromBot: true },
    })
    const written = `「Bot：yes」\n${'- '.repeat(10)}\nthanks`
    expect(await read({ payload: { ...text, text: written } })).toMatchObject({
      text: 'thanks',
      quote: { text: 'yes', fromBot: true, senderLabel: 'Bot' },
    })
  })

  it.each([
    ['self', { ...text, talkerId: bot }, {}],
    ['system', { ...text, type: types.Message.Recalled }, {}],
    ['not-a-person', text, { ann: { type: types.Contact.Official } }],
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

it('a puppet that cannot deliver the sender fails the attempt', async () => {
  const contactPayload = () => Promise.reject(new Error('no such contact'))
  await expect(read({ payload: text, members: { contactPayload } })).rejects.toThrow('no such contact')
})

it('a group is not asked for its members', async () => {
  const roomMemberList = () => Promise.reject(new Error('a thousand members'))
  const roomPayload = roomMemberList
  expect(
    await read({ payload: { ...text, roomId: group }, members: { roomMemberList, roomPayload } }),
  ).toMatchObject({
    text: 'hello',
  })
})
