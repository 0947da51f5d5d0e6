/**
 * What becomes of messages that come too late and of answers that cannot be sent, as documented in the manual.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { type Chat, openChat, room } from './chat.ts'
import { alice, eventually } from './samples.ts'

let chat: Chat
afterEach(() => chat.close())

const open = { dmPolicy: 'open', replyLanguage: 'en', groups: { [room]: { requireMention: false } } }
const minuteMs = 60_000
const hourMs = 60 * minuteMs

describe('a message that waited', () => {
  it('too long is not answered, and is history for the next one in a group', async () => {
    chat = await openChat(open)
    await chat.post('where do we meet?', { timestampMs: Date.now() - 11 * minuteMs })
    await chat.rest()
    expect(chat.sent).toEqual([])
    expect(chat.host.turns).toEqual([])
    await chat.post('and now?', { timestampMs: Date.now() })
    await chat.rest()
    expect(chat.turn().context).toMatchObject([{ text: 'where do we meet?' }])
  })

  it('as long in a direct chat is answered', async () => {
    chat = await openChat(open)
    await chat.write('hello', { timestampMs: Date.now() - 11 * minuteMs })
    await chat.rest()
    expect(chat.sent).toHaveLength(1)
    await chat.write('hello', { timestampMs: Date.now() - 25 * hourMs })
    await chat.rest()
    expect(chat.sent).toHaveLength(1)
  })

  it.each([
    ['ahead of', 25 * hourMs],
    ['behind', -25 * hourMs],
  ])('is dated by the clock of the backend, if that is %s ours', async (_what, offsetMs) => {
    chat = await openChat(open, { link: { clockOffsetMs: () => offsetMs } })
    await chat.write('now', { timestampMs: Date.now() + offsetMs })
    await chat.rest()
    await chat.write('yesterday', { timestampMs: Date.now() + offsetMs - 25 * hourMs })
    await chat.rest()
    expect(chat.host.turns.map(({ messages }) => messages.map(({ text }) => text))).toEqual([['now']])
  })

  it('is judged by the configured age', async () => {
    chat = await openChat({ ...open, maxMessageAgeMs: { direct: minuteMs } })
    await chat.write('hello', { timestampMs: Date.now() - 2 * minuteMs })
    await chat.rest()
    expect(chat.host.turns).toEqual([])
  })
})

describe('/stop', () => {
  const trusting = { ...open, allowFrom: [alice] }
  const slow = { minSendGapMs: 500 }

  it('takes back what is not sent yet of the last answer', async () => {
    chat = await openChat({ ...trusting, textChunkLimit: 30, replyLanguage: 'en' }, { link: slow })
    chat.host.agent = async () => 'A sentence of the answer. '.repeat(5)
    await chat.write('tell me')
    await eventually(() => expect(chat.sent).toHaveLength(1))
    await chat.write('/stop')
    await chat.rest()
    expect(chat.sent.slice(1)).toEqual(['Stopped.'])
    expect(await chat.flow.store.outboxCounts()).toEqual({ waiting: 0, troubled: 0 })
  })

  it('says so if there is nothing to stop', async () => {
    chat = await openChat(trusting)
    await chat.write('/stop')
    await chat.rest()
    expect(chat.sent).toEqual(['No answer is being written at the moment.'])
  })
})

it('the agent learns at its next turn that an answer did not arrive, once', async () => {
  const failures = [new MoltbotError('invalid-argument', 'refused', { certain: true })]
  const sent: string[] = []
  const sendText = async (_to: unknown, { text }: { readonly text: string }) => {
    const failure = failures.pop()
    if (failure !== undefined) throw failure
    sent.push(text)
  }
  chat = await openChat(open, { link: { sendText } })
  chat.host.agent = async ({ messages }) => `answer ${messages[0]?.text}`
  for (const text of ['one', 'two', 'three']) {
    await chat.write(text)
    await chat.rest()
  }
  expect(chat.host.turns.map(({ undelivered }) => undelivered)).toEqual([
    undefined,
    [{ text: 'answer one' }],
    undefined,
  ])
  await eventually(() => expect(sent).toHaveLength(3))
  expect(sent[0]).toMatch(/^Part of an answer to you could not be sent/)
  expect(sent.slice(1)).toEqual(['answer two', 'answer three'])
  expect(await chat.flow.store.lastWords({ kind: 'direct', id: alice })).toBe('three')
})
