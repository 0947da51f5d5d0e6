/**
 * The messages of a group since the bot's last reply, as documented in the manual.
 */

import { afterEach, describe, expect, it } from 'vitest'
import type { InboundMessage } from '../src/model/message.ts'
import { type Chat, openChat, room } from './chat.ts'
import { testHost } from './host.ts'
import { alice } from './samples.ts'

let chat: Chat
afterEach(() => chat.close())

const from = (id: string, label?: string) => ({ sender: { id, ...(label !== undefined && { label }) } })
const context = () => chat.turn().context?.map(({ text }) => text)

/** Asks the bot, and waits for the answer. */
async function ask(text: string, changes: Partial<InboundMessage> = {}): Promise<void> {
  await chat.post(`@Bot ${text}`, changes)
  await chat.rest()
}

describe('the history of a group', () => {
  it('has each message with the name of its sender, separate from the question to the bot', async () => {
    chat = await openChat()
    await chat.post('lunch?', from('o9Bob', 'Bob'))
    await chat.post('at noon', from('o9Carol'))
    await ask('when?')
    expect(chat.turn().context).toMatchObject([
      { senderLabel: 'Bob', text: 'lunch?' },
      { senderLabel: 'o9Carol', text: 'at noon' },
    ])
    expect(chat.turn().messages.map(({ text }) => text)).toEqual(['when?'])
  })

  it('is not answered', async () => {
    chat = await openChat()
    for (const text of ['lunch?', '@all lunch', '@所有人 吃饭', '@Botany class']) await chat.post(text)
    await chat.rest()
    expect(chat.host.turns).toEqual([])
    expect(chat.sent).toEqual([])
    await ask('well?')
    expect(context()).toEqual(['lunch?', '@all lunch', '@所有人 吃饭', '@Botany class'])
  })

  it('is cleared by the reply', async () => {
    chat = await openChat()
    await chat.post('before')
    await ask('one?')
    await chat.post('after')
    await ask('two?')
    expect(context()).toEqual(['after'])
    await ask('three?')
    expect(context()).toBeUndefined()
  })

  it('is cleared by an apology too', async () => {
    chat = await openChat()
    const { agent } = chat.host
    chat.host.agent = () => Promise.reject(new Error('no'))
    await chat.post('before')
    await ask('one?')
    chat.host.agent = agent
    await ask('two?')
    expect(context()).toBeUndefined()
  })

  it('survives restarts, like the position of the last reply', async () => {
    const host = testHost()
    chat = await openChat({}, { host })
    await chat.post('told already')
    await ask('one?')
    await chat.post('kept')
    await chat.rest()
    await chat.close()
    chat = await openChat({}, { host })
    await ask('two?')
    expect(context()).toEqual(['kept'])
  })

  it.each<[who: string, config: object]>([
    ['groupAllowFrom excludes', { groupAllowFrom: [alice] }],
    ["the group's allowFrom excludes", { groups: { [room]: { allowFrom: [alice] } } }],
    ['the allowFrom of all groups excludes', { groups: { '*': { allowFrom: [alice] } } }],
  ])('excludes the messages of senders that %s', async (_who, config) => {
    chat = await openChat(config)
    await chat.post('from outside', from('o9Bob'))
    await chat.post('from inside')
    await ask('well?')
    expect(context()).toEqual(['from inside'])
  })

  it('excludes commands of senders who may not give them', async () => {
    chat = await openChat()
    await chat.post('/new')
    await ask('well?')
    expect(context()).toBeUndefined()
  })

  it('is separate for each group', async () => {
    chat = await openChat()
    await chat.post('elsewhere', { conversation: { kind: 'group', id: 'R2@chatroom' } })
    await ask('well?')
    expect(context()).toBeUndefined()
  })

  it('excludes messages after the question', async () => {
    chat = await openChat()
    const answer = Promise.withResolvers<string>()
    chat.host.agent = () => answer.promise
    await chat.post('@Bot one?')
    await chat.post('meanwhile')
    await chat.post('@Bot two?')
    answer.resolve('fine')
    await chat.rest()
    const questions = chat.host.turns.map(({ messages }) => messages.map(({ text }) => text))
    expect(questions.flat()).toEqual(['one?', 'two?'])
    expect(chat.host.turns[0]?.context).toBeUndefined()
  })
})
