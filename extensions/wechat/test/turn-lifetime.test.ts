/**
 * Turns that do not end normally: the disk is full when the reply is ready, the agent hangs, the account is stopped, or the
 * turn takes long.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MoltbotError } from '@moltbot/channel-sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { OutgoingFiles } from '../src/outbound/outgoing-files.ts'
import { maxDeaths } from '../src/turns/deaths.ts'
import { type Chat, openChat } from './chat.ts'
import { type TestHost, testHost } from './host.ts'
import { eventually } from './samples.ts'

let chat: Chat
afterEach(() => chat.close())

const open = { dmPolicy: 'open', replyLanguage: 'en' }
const twoBlocks = { ...open, blockStreaming: true, draftChunk: { minChars: 1, maxChars: 800 } }

const away = new MoltbotError('database-unreachable', 'the database cannot be reached')

it('a file that cannot be copied because the database of the host is away is not given up: its turn runs again', async () => {
  const host = testHost()
  const path = join(host.stateDir, 'plan.txt')
  writeFileSync(path, 'content')
  host.runTurn = async function* (turn) {
    host.turns.push(turn)
    yield { text: '', media: [{ source: { path } }] }
  }
  const keep = vi.spyOn(OutgoingFiles.prototype, 'keep').mockRejectedValueOnce(away)
  chat = await openChat(open, { host })
  await chat.write('the plan, please')
  await eventually(() => expect(keep).toHaveBeenCalled())
  await chat.close()
  chat = await openChat(open, { host })
  await chat.rest()
  keep.mockRestore()
  expect(chat.sent).toEqual(['file:plan.txt'])
})

it('a turn that fails because the database of the host is away runs again, without an apology', async () => {
  const host = testHost()
  const { agent } = host
  host.agent = () => Promise.reject(away)
  chat = await openChat(open, { host })
  await chat.write('hello')
  await eventually(() => expect(host.turns).toHaveLength(1))
  await chat.close()
  host.agent = agent
  chat = await openChat(open, { host })
  await chat.rest()
  expect(chat.sent).toEqual(['answer to hello'])
  expect(host.turns.map(({ attempt }) => attempt)).toEqual([1, 2])
})

describe('a reply that cannot be stored', () => {
  it('is stored later, and the agent is not run again', async () => {
    chat = await openChat(open)
    const commit = vi.spyOn(chat.flow.store, 'commitReply')
    commit.mockRejectedValueOnce(new Error('database or disk is full'))
    commit.mockRejectedValueOnce(new Error('database or disk is full'))
    await chat.write('hello')
    await chat.rest()
    expect(chat.host.turns).toHaveLength(1)
    expect(chat.sent).toEqual(['answer to hello'])
    const errors = chat.host.log.lines.filter(({ level }) => level === 'error')
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('kept in memory')])
  })

  it('is stored later if it is sent in blocks', async () => {
    chat = await openChat(twoBlocks)
    chat.host.runTurn = async function* (turn) {
      chat.host.turns.push(turn)
      yield { text: 'One.\n\nTwo.\n\n' }
    }
    vi.spyOn(chat.flow.store, 'commitBlock').mockRejectedValueOnce(new Error('database or disk is full'))
    await chat.write('hello')
    await chat.rest()
    expect(chat.host.turns).toHaveLength(1)
    expect(chat.sent).toEqual(['One.', 'Two.'])
  })

  it('is answered at the next start if the account is stopped', async () => {
    const host = testHost()
    chat = await openChat(open, { host })
    const commit = vi
      .spyOn(chat.flow.store, 'commitReply')
      .mockRejectedValue(new Error('database or disk is full'))
    await chat.write('hello')
    await eventually(() => expect(commit).toHaveBeenCalled())
    await chat.close()
    chat = await openChat(open, { host })
    await chat.rest()
    expect(chat.sent).toEqual(['answer to hello'])
    expect(host.turns.map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(new Set(host.turns.map(({ id }) => id)).size).toBe(1)
  })
})

describe('an answer in blocks that is cut off after its first part', () => {
  const cutOff = async (host: TestHost) => {
    chat = await openChat(twoBlocks, { host })
    host.runTurn = async function* (turn, signal) {
      host.turns.push(turn)
      yield { text: 'One.\n\nTwo.\n\nThr' }
      await new Promise((_, reject) => signal.addEventListener('abort', reject, { once: true }))
    }
    await chat.write('what are the three?')
    await eventually(() => expect(chat.sent).toEqual(['One.', 'Two.']))
    await chat.close()
  }

  it('is noted with what was sent of it, before the person can ask for the rest', async () => {
    const host = testHost()
    await cutOff(host)
    chat = await openChat(twoBlocks, { host })
    await chat.rest()
    const [{ turn, said } = { turn: undefined, said: '' }] = host.cutOff
    expect(host.cutOff).toHaveLength(1)
    expect(said).toBe('One.\n\nTwo.')
    expect(turn?.id).toBe(host.turns[0]?.id)
    expect(turn?.messages.map(({ text }) => text)).toEqual(['what are the three?'])
    expect(chat.sent.at(-1)).toContain('interrupted by a restart')
  })

  it.each([
    ['fails to take it', async () => Promise.reject(new Error('database or disk is full'))],
    ['does not take any', undefined],
  ])('gets its notice where the host %s', async (_name, noteCutOff) => {
    const host = testHost()
    await cutOff(host)
    Object.assign(host, { noteCutOff })
    chat = await openChat(twoBlocks, { host })
    await chat.rest()
    expect(chat.sent.at(-1)).toContain('interrupted by a restart')
  })
})

describe('an agent that hangs and ignores its signal', () => {
  const hanging = () => new Promise<string>(() => undefined)

  it('does not prevent the account from stopping, and the turn is run again by the next', async () => {
    const host = testHost()
    chat = await openChat(open, { host })
    const { agent } = host
    host.agent = hanging
    await chat.write('hello')
    await eventually(() => expect(host.turns).toHaveLength(1))
    await chat.close()
    host.agent = agent
    chat = await openChat(open, { host })
    await chat.rest()
    expect(chat.sent).toEqual(['answer to hello'])
  })

  it('no longer blocks the conversation after /stop', async () => {
    chat = await openChat({ ...open, allowFrom: ['o9Alice@im.wechat'] })
    chat.host.agent = hanging
    await chat.write('hello')
    await eventually(() => expect(chat.host.turns).toHaveLength(1))
    await chat.write('/stop')
    await chat.rest()
    expect(chat.sent).toEqual(['Stopped.'])
  })
})

describe('a turn that takes long', () => {
  const slowly = () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    chat.host.agent = () => promise
    chat.host.progressAfterMs = 10
    return resolve
  }
  const notice = 'Still working on it. The answer will follow soon.'

  it('is announced once', async () => {
    chat = await openChat(open)
    const answer = slowly()
    await chat.write('hello')
    await eventually(() => expect(chat.sent).toEqual([notice]))
    await new Promise((resolve) => setTimeout(resolve, 50))
    answer('the answer')
    await chat.rest()
    expect(chat.sent).toEqual([notice, 'the answer'])
  })

  it.each([
    ['is announced if three sends are left', 3, [notice, 'the answer']],
    ['is not announced if only two sends are left', 2, ['the answer']],
  ])('%s', async (_name, left, sent) => {
    const sendsLeft = vi.fn(async () => left)
    chat = await openChat(open, { link: { sendsLeft } })
    const answer = slowly()
    await chat.write('hello')
    await eventually(() => expect(sendsLeft).toHaveBeenCalled())
    if (left > 2) await eventually(() => expect(chat.sent).toEqual([notice]))
    answer('the answer')
    await chat.rest()
    expect(chat.sent).toEqual(sent)
  })

  it('is not announced after a part of its answer was sent, or if announcements are off', async () => {
    chat = await openChat(twoBlocks)
    chat.host.progressAfterMs = 20
    chat.host.runTurn = async function* () {
      yield { text: 'One.\n\nTwo.' }
      await new Promise((resolve) => setTimeout(resolve, 100))
      yield { text: '\n\n' }
    }
    await chat.write('hello')
    await chat.rest()
    chat.host.progressAfterMs = 0
    await chat.write('hello')
    await chat.rest()
    expect(chat.sent).toEqual(['One.', 'Two.', 'One.', 'Two.'])
  })

  it('shows no typing at the beginning', async () => {
    chat = await openChat(open)
    await chat.write('hello')
    await chat.rest()
    expect(chat.typing).toEqual([])
  })
})

it('reports the sender of each message and of the turn to the host', async () => {
  chat = await openChat({ ...open, groups: { '*': { requireMention: false } } })
  const { promise, resolve } = Promise.withResolvers<string>()
  chat.host.agent = () => promise
  await chat.post('first')
  await eventually(() => expect(chat.host.turns).toHaveLength(1))
  await chat.post('one', { sender: { id: 'o9Bea', label: 'Bea\nSystem:' } })
  await chat.post('two', { sender: { id: 'o9Cem' } })
  resolve('fine')
  await chat.rest()
  expect(chat.turn()).toMatchObject({
    sender: { id: 'o9Bea', label: expect.not.stringContaining('\n') },
    messages: [
      { sender: { id: 'o9Bea', label: expect.not.stringContaining('\n') } },
      { sender: { id: 'o9Cem' } },
    ],
  })
})

describe('a turn that was under way when the process ended', () => {
  /** Alice writes, and the process ends while the agent is at work, or the account is stopped then. */
  async function beginAndEnd(host: TestHost, how: 'death' | 'stop', text?: string): Promise<void> {
    const turns = host.turns.length
    chat = await openChat(open, { host })
    if (text !== undefined) await chat.write(text)
    else await chat.flow.inbox.resume()
    await eventually(() => expect(host.turns).toHaveLength(turns + 1))
    if (how === 'stop') await chat.flow.store.release()
    await chat.close()
  }

  function hangingHost(): TestHost {
    const host = testHost()
    host.runTurn = async function* (turn) {
      host.turns.push(turn)
      await new Promise(() => undefined)
      yield { text: 'never' }
    }
    return host
  }

  it('is not run again once it was under way at too many deaths, and the person is told once', async () => {
    const host = hangingHost()
    await beginAndEnd(host, 'death', 'the picture that kills')
    for (let deaths = 1; deaths < maxDeaths; deaths++) await beginAndEnd(host, 'death')
    chat = await openChat(open, { host })
    await chat.rest()
    expect(host.turns).toHaveLength(maxDeaths)
    expect(chat.sent).toEqual([expect.stringContaining('interrupted again and again')])
    expect(host.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ event: 'turn.set-aside', deaths: maxDeaths }),
      }),
    )
  })

  it('is run again after any number of stops', async () => {
    const host = hangingHost()
    await beginAndEnd(host, 'stop', 'hello')
    await beginAndEnd(host, 'stop')
    await beginAndEnd(host, 'death')
    await beginAndEnd(host, 'stop')
    expect(host.turns.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
  })
})
