/**
 * Commands, typing and the order of turns, as documented in the manual.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Turn } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Chat, openChat, room } from './chat.ts'
import { testHost } from './host.ts'
import { alice, eventually } from './samples.ts'

let chat: Chat
afterEach(() => chat.close())

const stranger = { sender: { id: 'o9Bob' }, conversation: { kind: 'direct', id: 'o9Bob' } } as const
const trusting = { dmPolicy: 'open', allowFrom: [alice], groupAllowFrom: [alice], replyLanguage: 'en' }

/** An agent that answers only when its signal is aborted. */
function thinking(): { readonly aborted: string[] } {
  const aborted: string[] = []
  chat.host.agent = (turn: Turn, signal: AbortSignal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted.push(turn.id)
        reject(signal.reason)
      })
    })
  return { aborted }
}

describe('what belongs together is one turn', () => {
  it('a picture, and the question that follows it', async () => {
    const host = Object.assign(testHost(), { mediaWaitMs: 600_000 })
    chat = await openChat(trusting, { host })
    await chat.write('[image]', { kind: 'image', isBare: true })
    await chat.write('what is this?')
    await chat.rest()
    expect(chat.turn().messages.map(({ text }) => text)).toEqual([
      expect.stringContaining('[image]'),
      'what is this?',
    ])
    expect(chat.host.turns).toHaveLength(1)
  })

  it('a paste that WeChat has cut, in one message', async () => {
    chat = await openChat(trusting)
    const whole = `${'x'.repeat(2_040)} https://example.org/`
    await chat.write(whole.slice(0, 2_048))
    await chat.write(whole.slice(2_048))
    await chat.rest()
    expect(chat.host.turns.map(({ messages }) => messages.map(({ text }) => text))).toEqual([[whole]])
  })
})

describe('a command', () => {
  it('/help is answered by the channel in one message', async () => {
    chat = await openChat(trusting)
    await chat.write('/help')
    await chat.rest()
    expect(chat.sent).toEqual([expect.stringMatching(/\n\/new.*\n\/stop.*\n\/status.*\n\/help/)])
    expect(chat.host.turns).toEqual([])
  })

  it('/status reports the state of the account', async () => {
    chat = await openChat(trusting)
    await chat.write('/status')
    await chat.rest()
    expect(chat.sent).toEqual([expect.stringMatching(/^State: online since \d{4}-\d\d-\d\d/)])
  })

  it('/status names the model and what the agent remembers, in the language of the person', async () => {
    chat = await openChat({ ...trusting, replyLanguage: 'zh-CN' })
    Object.assign(chat.host, { aboutSession: async () => ({ model: 'p/m', remembered: 3 }) })
    await chat.write('/status')
    await chat.rest()
    expect(chat.sent).toEqual([
      expect.stringMatching(/^状态：在线（自 .*）\n模型：p\/m\n本次对话：记得 3 轮$/),
    ])
  })

  it.each([
    ['en', 'The last answer was written without: older exchanges (4), pictures, tools (2)'],
    ['zh-CN', '上一次回答时没能用上：较早的 4 轮对话、图片、2 个工具'],
  ] as const)('/status says what the model was not given for the last answer, in %s', async (lang, line) => {
    chat = await openChat({ ...trusting, replyLanguage: lang })
    const leftOut = {
      exchanges: 4,
      messages: 0,
      tools: ['search', 'delete'],
      pictures: true,
      voices: false,
      texts: false,
      streaming: true,
    }
    Object.assign(chat.host, { aboutSession: async () => ({ model: 'p/m', remembered: 30, leftOut }) })
    await chat.write('/status')
    await chat.rest()
    expect(chat.sent.join().split('\n')).toContain(line)
    expect(chat.sent.join()).not.toContain('delete')
  })

  it.each(['direct', 'group'] as const)('/new starts a new session of its %s conversation', async (kind) => {
    chat = await openChat(trusting)
    const reset = vi.spyOn(chat.host, 'resetSession')
    await (kind === 'direct' ? chat.write('/new') : chat.post('/new'))
    await chat.rest()
    const conversation = { kind, id: kind === 'direct' ? alice : room }
    expect(reset.mock.calls).toMatchObject([[{ channelId: 'wechat', accountId: 'default', conversation }]])
    expect(chat.sent).toHaveLength(1)
  })

  it('/stop ends the running turn, and queued messages are answered next', async () => {
    chat = await openChat(trusting)
    const { aborted } = thinking()
    await chat.write('think long')
    await eventually(() => expect(chat.host.turns).toHaveLength(1))
    await chat.write('and this?')
    await eventually(async () => expect(await chat.flow.store.undecided()).toEqual([]))
    chat.host.agent = async () => 'an answer'
    await chat.write('/stop')
    await chat.rest()
    expect(aborted).toEqual([chat.host.turns[0]?.id])
    expect(chat.host.turns.map(({ messages }) => messages.map(({ text }) => text))).toEqual([
      ['think long'],
      ['and this?'],
    ])
    expect(chat.sent.toSorted()).toEqual(['Stopped.', 'an answer'])
  })

  it('/stop does not end turns of other conversations', async () => {
    chat = await openChat(trusting)
    const { aborted } = thinking()
    await chat.write('think', stranger)
    await eventually(() => expect(chat.host.turns).toHaveLength(1))
    await chat.write('/stop')
    await eventually(() => expect(chat.sent).toEqual(['No answer is being written at the moment.']))
    expect(aborted).toEqual([])
  })

  it('/stop during the download of files cancels the turn before it reaches the agent', async () => {
    const fetchMedia = vi.fn(
      (_id: string, _path: string, _most: number, signal: AbortSignal) =>
        new Promise<never>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    chat = await openChat(trusting, { link: { fetchMedia } })
    await chat.write('[image]', { kind: 'image' })
    await eventually(() => expect(fetchMedia).toHaveBeenCalledTimes(1))
    await chat.write('/stop')
    await chat.rest()
    expect([chat.host.turns, chat.sent]).toEqual([[], ['Stopped.']])
  })

  it('acts on all messages before it, even if they arrive together', async () => {
    chat = await openChat(trusting)
    const calls: string[] = []
    for (const name of ['wake', 'abort'] as const) {
      const act = chat.flow.lanes[name]
      vi.spyOn(chat.flow.lanes, name).mockImplementation((...args: unknown[]) => {
        calls.push(name)
        return Reflect.apply(act, chat.flow.lanes, args)
      })
    }
    await Promise.all(['one', 'two', '/stop', 'three'].map((text) => chat.write(text)))
    await chat.rest()
    expect(calls).toEqual(['wake', 'wake', 'abort', 'wake'])
  })

  it.each(['/help', '/new', '/status', '/stop'])(
    '%s from a sender who may not give it is text in a direct chat',
    async (text) => {
      chat = await openChat(trusting)
      const reset = vi.spyOn(chat.host, 'resetSession')
      await chat.write(text, stranger)
      await chat.rest()
      expect(chat.turn().messages.map((message) => message.text)).toEqual([text])
      expect(reset).not.toHaveBeenCalled()
    },
  )

  it.each(['/help', '/new', '/status', '/stop', '@Bot /new'])(
    '%s from a sender who may not give it is dropped in a group',
    async (text) => {
      chat = await openChat()
      const reset = vi.spyOn(chat.host, 'resetSession')
      await chat.post(text)
      await chat.rest()
      expect([chat.host.turns, chat.sent]).toEqual([[], []])
      expect(reset).not.toHaveBeenCalled()
    },
  )
})

describe('typing', () => {
  const shown = () => eventually(() => expect(chat.typing).toContain(true))
  const ended = () => eventually(() => expect(chat.typing.at(-1)).toBe(false))

  it('is shown while a turn runs and ends with it', async () => {
    chat = await openChat(trusting)
    const answer = Promise.withResolvers<string>()
    chat.host.agent = () => answer.promise
    await chat.write('hello')
    await shown()
    expect(chat.typing).toEqual([true])
    answer.resolve('hi')
    await chat.rest()
    expect(chat.typing).toEqual([true, false])
  })

  it('ends if the turn fails', async () => {
    chat = await openChat(trusting)
    const answer = Promise.withResolvers<string>()
    chat.host.agent = () => answer.promise
    await chat.write('hello')
    await shown()
    answer.reject(new Error('no'))
    await ended()
  })

  it('ends if the user stops the turn', async () => {
    chat = await openChat(trusting)
    thinking()
    await chat.write('hello')
    await shown()
    await chat.write('/stop')
    await ended()
  })

  it('ends if the gateway stops', async () => {
    chat = await openChat(trusting)
    thinking()
    await chat.write('hello')
    await shown()
    chat.flow.stopping.abort()
    await chat.flow.lanes.ended()
    expect(chat.typing).toEqual([true, false])
  })
})

describe('the order of a conversation', () => {
  it('is preserved regardless of the duration of each turn', async () => {
    chat = await openChat(trusting)
    let turns = 0
    chat.host.agent = async ({ messages }) => {
      await sleep(turns++ % 2 === 0 ? 20 : 1)
      return messages.map(({ text }) => text).join(' ')
    }
    const all = Array.from({ length: 30 }, (_, n) => `message-${n}`)
    for (const text of all) {
      await chat.write(text)
      await sleep(1)
    }
    await chat.rest()
    expect(chat.sent.join(' ').split(' ')).toEqual(all)
  })

  it('includes the blocks of an answer', async () => {
    chat = await openChat({ ...trusting, blockStreaming: true, draftChunk: { minChars: 1, maxChars: 800 } })
    chat.host.runTurn = async function* ({ messages }) {
      for (const n of [1, 2, 3]) yield { text: `${messages[0]?.text} ${n}.\n\n` }
    }
    for (const text of ['first', 'second']) {
      await chat.write(text)
      await chat.rest()
    }
    expect(chat.sent).toEqual(['first', 'second'].flatMap((text) => [1, 2, 3].map((n) => `${text} ${n}.`)))
  })
})

describe('a voice message', () => {
  it('with a transcript has the transcript as text', async () => {
    chat = await openChat(trusting)
    await chat.write('see you at noon', { kind: 'voice' })
    await chat.rest()
    expect(chat.turn().messages).toMatchObject([{ text: 'see you at noon' }])
    expect(chat.turn().messages[0]?.media).toBeUndefined()
  })
})

describe('a message that the policy rejects', () => {
  it.each<[sentence: string, config: object]>([
    ['is not answered under an allowlist', { dmPolicy: 'allowlist' }],
    ['is not answered if direct chats are disabled', { dmPolicy: 'disabled', allowFrom: ['*'] }],
  ])('%s', async (_sentence, config) => {
    chat = await openChat(config)
    await chat.write('hello')
    await chat.rest()
    expect([chat.host.turns, chat.sent]).toEqual([[], []])
  })

  it('is answered with a code once under pairing, and is never processed', async () => {
    chat = await openChat()
    await Promise.all([chat.write('let me in'), chat.write('hello?')])
    await chat.rest()
    expect(chat.sent).toEqual([expect.stringContaining('ABCD2345')])
    chat.host.approved.add(`default ${alice}`)
    await chat.write('now?')
    await chat.rest()
    expect(chat.host.turns.map(({ messages }) => messages.map(({ text }) => text))).toEqual([['now?']])
  })
})
